// Where the tiles of a convolution lie. Only for files that are compiled for AVX-512.
#pragma once

#include "filter.h"
#include "product.h"

namespace mu {
namespace {

constexpr int64_t APART = 96;  // numbers between the points' planes, which would meet in one set of the cache otherwise

// How many outputs are computed at once: two vectors where they divide.
inline int64_t panel_of(int64_t outputs) { return outputs % 32 == 0 ? 32 : 16; }

// The tiles of a batch, of M outputs a side.
template <int M>
struct Tiles {
  int64_t down, across, count;
  explicit Tiles(Shape s) : down((s.height + M - 1) / M), across((s.width + M - 1) / M), count(s.batch * down * across) {}
};

// The first output of a tile.
struct Corner {
  int64_t image, y, x;
  template <int M>
  Corner(const Tiles<M>& tiles, int64_t t) {
    const auto number = uint32_t(t), across = uint32_t(tiles.across), down = uint32_t(tiles.down), line = number / across;
    image = line / down;
    y = (line - uint32_t(image) * down) * M;
    x = (number - line * across) * M;
  }
};

// Keeps the compiler from working out ahead of a loop, and storing away, every address that is a sum within it.
template <typename P>
MU_INLINE inline P opaque(P p) {
  asm("" : "+r"(p));
  return p;
}

// SIDE pixels a side, sixteen channels of each; those that DOWN and ACROSS have no bit for are zero, and not there.
template <typename T, int SIDE, uint32_t DOWN, uint32_t ACROSS>
struct Pixels {
  const T* rows[SIDE];
  int64_t columns[SIDE];

  MU_INLINE Pixels(const T* from, int64_t row, int64_t channels) {
#pragma GCC unroll 6
    for (int i = 0; i < SIDE; ++i) {
      rows[i] = i == 0 ? from : opaque(rows[i - 1] + row);
      columns[i] = i == 0 ? 0 : opaque(columns[i - 1] + channels);
    }
  }
  MU_INLINE V operator()(int i, int j) const {
    return (DOWN >> i & ACROSS >> j & 1) ? load(rows[i] + columns[j]) : _mm512_setzero_ps();
  }
};

// SIDE pixels a side from BEFORE rows and columns before a tile's corner; those outside of the image are zero.
template <typename T, int SIDE, int BEFORE>
class Window {
  static constexpr uint32_t ALL = (1u << SIDE) - 1, NOT_FIRST = ALL - 1, NOT_LAST = ALL >> 1;
  const T* first;
  int64_t row, channels;
  uint32_t down = 0, across = 0;  // a bit for each row and column inside of the image

  // A function for each way in which windows usually meet the image's edge: no pixel asks whether it is there.
  template <uint32_t DOWN, uint32_t ACROSS, typename F>
  __attribute__((noinline)) static void known(const T* from, int64_t row, int64_t channels, int64_t count, F f) {
    for (int64_t c = 0; c < count; c += 16) f(Pixels<T, SIDE, DOWN, ACROSS>(from + c, row, channels), c);
  }

  template <uint32_t DOWN, typename F>
  MU_INLINE void columns(const T* from, int64_t count, F f) const {
    if (across == ALL) return known<DOWN, ALL>(from, row, channels, count, f);
    if constexpr (BEFORE > 0) {
      if (across == NOT_FIRST) return known<DOWN, NOT_FIRST>(from, row, channels, count, f);
      if (across == NOT_LAST) return known<DOWN, NOT_LAST>(from, row, channels, count, f);
    }
    copied(from, count, f);
  }

  // The others, which images have whose sides the tiles do not divide.
  template <typename F>
  __attribute__((noinline)) void copied(const T* from, int64_t count, F f) const {
    alignas(64) T whole[SIDE * SIDE * 16];
    for (int64_t c = 0; c < count; c += 16) {
      for (int i = 0; i < SIDE; ++i) {
        for (int j = 0; j < SIDE; ++j) {
          T* to = whole + (i * SIDE + j) * 16;
          if (down >> i & across >> j & 1) {
            memcpy(to, from + c + i * row + j * channels, 16 * sizeof(T));
          } else {
            memset(to, 0, 16 * sizeof(T));
          }
        }
      }
      f(Pixels<T, SIDE, ALL, ALL>(whole, SIDE * 16, 16), c);
    }
  }

 public:
  Window(const T* x, Shape s, int64_t channels, Corner corner) : row(s.width * channels), channels(channels) {
    const int64_t y = corner.y - BEFORE, left = corner.x - BEFORE;
    first = x + ((corner.image * s.height + y) * s.width + left) * channels;
    for (int i = 0; i < SIDE; ++i) {
      down |= uint32_t(y + i >= 0 && y + i < s.height) << i;
      across |= uint32_t(left + i >= 0 && left + i < s.width) << i;
    }
  }

  // Calls f(pixels, c) for sixteen channels after the other, `count` of them from `begin` on; c counts from there.
  template <typename F>
  MU_INLINE void look(int64_t begin, int64_t count, F f) const {
    const T* from = first + begin;
    if (down == ALL) return columns<ALL>(from, count, f);
    if constexpr (BEFORE > 0) {
      if (down == NOT_FIRST) return columns<NOT_FIRST>(from, count, f);
      if (down == NOT_LAST) return columns<NOT_LAST>(from, count, f);
    }
    copied(from, count, f);
  }
};

// COUNT rows of Bᵀ d B, or of A dy Aᵀ, from FIRST on in their order, of sixteen channels; `at(i, j)` gives the IN × IN pixels. What only
// other rows need is never loaded.
template <int M, int FIRST, int COUNT, int IN, typename F>
MU_INLINE inline void rows(const F& at, V (&v)[COUNT][M + 2]) {
  constexpr int N = M + 2;
  auto transform = [](const V(&in)[IN], V(&out)[N]) MU_INLINE {
    if constexpr (IN == N) {
      Filter<M>::input(in, out);
    } else {
      Filter<M>::gradient(in, out);
    }
  };
  V t[COUNT][IN];
#pragma GCC unroll 6
  for (int j = 0; j < IN; ++j) {
    V d[IN], made[N];
#pragma GCC unroll 6
    for (int i = 0; i < IN; ++i) d[i] = at(i, j);
    transform(d, made);
#pragma GCC unroll 6
    for (int i = 0; i < COUNT; ++i) t[i][j] = made[Filter<M>::ORDER[FIRST + i]];
  }
#pragma GCC unroll 6
  for (int i = 0; i < COUNT; ++i) transform(t[i], v[i]);
}

}  // namespace
}  // namespace mu
