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

// SIDE pixels a side from so many before a tile's corner; those outside of the image are zero.
template <typename T, int SIDE>
class Window {
  const T* first;
  int64_t row, channels;
  uint32_t down = 0, across = 0;  // a bit for each row and column inside of the image
  bool whole;

 public:
  Window(const T* x, Shape s, int64_t channels, Corner corner, int64_t before) : row(s.width * channels), channels(channels) {
    const int64_t y = corner.y - before, left = corner.x - before;
    first = x + ((corner.image * s.height + y) * s.width + left) * channels;
    whole = y >= 0 && y + SIDE <= s.height && left >= 0 && left + SIDE <= s.width;
    for (int i = 0; i < SIDE; ++i) {
      down |= uint32_t(y + i >= 0 && y + i < s.height) << i;
      across |= uint32_t(left + i >= 0 && left + i < s.width) << i;
    }
  }

  // Calls f with what gives sixteen channels, from `c` on, of pixel (i, j).
  template <typename F>
  MU_INLINE void look(int64_t c, F f) const {
    const T* rows[SIDE];
#pragma GCC unroll 6
    for (int i = 0; i < SIDE; ++i) rows[i] = first + i * row + c;
    if (whole) {
      f([&](int i, int j) MU_INLINE { return load(rows[i] + j * channels); });
    } else {
      f([&](int i, int j) MU_INLINE { return (down >> i & across >> j & 1) ? load(rows[i] + j * channels) : _mm512_setzero_ps(); });
    }
  }
};

}  // namespace
}  // namespace mu
