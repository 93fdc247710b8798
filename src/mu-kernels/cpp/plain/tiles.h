// Where the tiles of a convolution lie. Only for files that are compiled for AVX-512.
#pragma once

#include "filter.h"
#include "product.h"

namespace mu {
namespace {

constexpr int64_t APART = 96;  // numbers between the points' planes, which would meet in one set of the cache otherwise

// How many outputs are computed at once: two vectors where they divide.
inline int64_t panel_of(int64_t outputs) { return outputs % 32 == 0 ? 32 : 16; }

// The tiles of a batch, of H × W outputs.
template <int H, int W>
struct Tiles {
  int64_t down, across, count;
  explicit Tiles(Shape s) : down((s.height + H - 1) / H), across((s.width + W - 1) / W), count(s.batch * down * across) {}
};

// The first output of a tile. `check_winograd` has seen to it that tiles have numbers of 32 bits.
struct Corner {
  int64_t image, y, x;
  template <int H, int W>
  Corner(const Tiles<H, W>& tiles, int64_t t) {
    const auto number = uint32_t(t), across = uint32_t(tiles.across), down = uint32_t(tiles.down), line = number / across;
    image = line / down;
    y = (line - uint32_t(image) * down) * H;
    x = (number - line * across) * W;
  }
};

// Keeps the compiler from working out ahead of a loop, and storing away, every address that is a sum within it.
template <typename P>
MU_INLINE inline P opaque(P p) {
  asm("" : "+r"(p));
  return p;
}

// H × W pixels, sixteen channels of each; those that DOWN and ACROSS have no bit for are zero, and not there.
template <typename T, int H, int W, uint32_t DOWN, uint32_t ACROSS>
struct Pixels {
  const T* rows[H];
  int64_t columns[W];

  MU_INLINE Pixels(const T* from, int64_t row, int64_t channels) {
#pragma GCC unroll 6
    for (int i = 0; i < H; ++i) rows[i] = i == 0 ? from : opaque(rows[i - 1] + row);
#pragma GCC unroll 6
    for (int j = 0; j < W; ++j) columns[j] = j == 0 ? 0 : opaque(columns[j - 1] + channels);
  }
  MU_INLINE V operator()(int i, int j) const {
    return (DOWN >> i & ACROSS >> j & 1) ? load(rows[i] + columns[j]) : _mm512_setzero_ps();
  }
};

// H × W pixels from BEFORE rows and columns before a tile's corner; those outside of the image are zero.
template <typename T, int H, int W, int BEFORE>
class Window {
  // Bits of so many rows or columns.
  static constexpr uint32_t all(int count) { return (1u << count) - 1; }
  static constexpr uint32_t not_first(int count) { return all(count) - 1; }
  static constexpr uint32_t not_last(int count) { return all(count) >> 1; }

  const T* first;
  int64_t row, channels;
  uint32_t down = 0, across = 0;  // a bit for each row and column inside of the image

  // A function for each way in which windows usually meet the image's edge: no pixel asks whether it is there.
  template <uint32_t DOWN, uint32_t ACROSS, typename F>
  __attribute__((noinline)) static void known(const T* from, int64_t row, int64_t channels, int64_t count, F f) {
    for (int64_t c = 0; c < count; c += 16) f(Pixels<T, H, W, DOWN, ACROSS>(from + c, row, channels), c);
  }

  template <uint32_t DOWN, typename F>
  MU_INLINE void columns(const T* from, int64_t count, F f) const {
    if (across == all(W)) return known<DOWN, all(W)>(from, row, channels, count, f);
    if constexpr (BEFORE > 0) {
      if (across == not_first(W)) return known<DOWN, not_first(W)>(from, row, channels, count, f);
      if (across == not_last(W)) return known<DOWN, not_last(W)>(from, row, channels, count, f);
    }
    copied(from, count, f);
  }

  // The others, which images have whose sides the tiles do not divide.
  template <typename F>
  __attribute__((noinline)) void copied(const T* from, int64_t count, F f) const {
    alignas(64) T whole[H * W * 16];
    for (int64_t c = 0; c < count; c += 16) {
      for (int i = 0; i < H; ++i) {
        for (int j = 0; j < W; ++j) {
          T* to = whole + (i * W + j) * 16;
          if (down >> i & across >> j & 1) {
            memcpy(to, from + c + i * row + j * channels, 16 * sizeof(T));
          } else {
            memset(to, 0, 16 * sizeof(T));
          }
        }
      }
      f(Pixels<T, H, W, all(H), all(W)>(whole, W * 16, 16), c);
    }
  }

 public:
  Window(const T* x, Shape s, int64_t channels, Corner corner) : row(s.width * channels), channels(channels) {
    const int64_t y = corner.y - BEFORE, left = corner.x - BEFORE;
    first = x + ((corner.image * s.height + y) * s.width + left) * channels;
    for (int i = 0; i < H; ++i) down |= uint32_t(y + i >= 0 && y + i < s.height) << i;
    for (int j = 0; j < W; ++j) across |= uint32_t(left + j >= 0 && left + j < s.width) << j;
  }

  // Calls f(pixels, c) for sixteen channels after the other, `count` of them from `begin` on; c counts from there.
  template <typename F>
  MU_INLINE void look(int64_t begin, int64_t count, F f) const {
    const T* from = first + begin;
    if (down == all(H)) return columns<all(H)>(from, count, f);
    if constexpr (BEFORE > 0) {
      if (down == not_first(H)) return columns<not_first(H)>(from, count, f);
      if (down == not_last(H)) return columns<not_last(H)>(from, count, f);
    }
    copied(from, count, f);
  }
};

// Bᵀ d of the pixels along one axis, or A dy of the outputs' gradients, whichever there are so many of.
template <int M, int IN>
MU_INLINE inline void transform(const V (&in)[IN], V (&out)[M + 2]) {
  if constexpr (IN == M + 2) {
    Filter<M>::input(in, out);
  } else {
    Filter<M>::gradient(in, out);
  }
}

// COUNT rows of Bᵀ d B, or of A dy Aᵀ, from FIRST on in their order, of sixteen channels; `at(i, j)` gives the DOWN × ACROSS pixels. What only
// other rows need is never loaded.
template <int H, int W, int FIRST, int COUNT, int DOWN, int ACROSS, typename F>
MU_INLINE inline void rows(const F& at, V (&v)[COUNT][W + 2]) {
  V t[COUNT][ACROSS];
#pragma GCC unroll 6
  for (int j = 0; j < ACROSS; ++j) {
    V d[DOWN], made[H + 2];
#pragma GCC unroll 6
    for (int i = 0; i < DOWN; ++i) d[i] = at(i, j);
    transform<H>(d, made);
#pragma GCC unroll 6
    for (int i = 0; i < COUNT; ++i) t[i][j] = made[Filter<H>::ORDER[FIRST + i]];
  }
#pragma GCC unroll 6
  for (int i = 0; i < COUNT; ++i) transform<W>(t[i], v[i]);
}

}  // namespace
}  // namespace mu
