// Which sizes the kernels can take. Compiled without special instructions: errors need memory and text of the C++ library, whose
// inline functions must not carry such instructions to other processors.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "kernels.h"

namespace mu {

namespace {

// Rows and columns of a tile.
struct Tile {
  int64_t height, width, points;
};
constexpr Tile TILES[] = {{2, 2, 16}, {2, 4, 24}, {4, 4, 36}};

int64_t cut(int64_t side, int64_t by) { return (side + by - 1) / by; }

[[noreturn]] void refuse(const std::string& words) { throw std::invalid_argument(words); }

std::string text(int64_t number) { return std::to_string(number); }

}  // namespace

void check_winograd(Shape s, int64_t points) {
  if (s.batch < 0 || s.height < 1 || s.width < 1) {
    refuse("there is no convolution of " + text(s.batch) + " images of " + text(s.height) + " by " + text(s.width));
  }
  if (s.inputs < 16 || s.inputs % 16 != 0 || s.outputs < 16 || s.outputs % 16 != 0) {
    refuse("channels must be multiples of 16, and are " + text(s.inputs) + " and " + text(s.outputs));
  }
  for (const auto& tile : TILES) {
    if (tile.points != points) continue;
    // Tiles are numbered in 32 bits.
    int64_t count;
    if (__builtin_mul_overflow(s.batch, cut(s.height, tile.height), &count) ||
        __builtin_mul_overflow(count, cut(s.width, tile.width), &count) || count > UINT32_MAX) {
      refuse("a batch of " + text(s.batch) + " images of " + text(s.height) + " by " + text(s.width) + " has too many tiles; take smaller batches");
    }
    return;
  }
  refuse("tiles are made from 16, 24 or 36 points, not from " + text(points));
}

void check_norm(int64_t rows, int64_t channels) {
  if (rows < 1 || channels < 16 || channels % 16 != 0) {
    refuse("batch normalisation needs numbers, and multiples of 16 channels, not " + text(rows) + " rows of " + text(channels));
  }
}

int64_t winograd_points(int64_t height, int64_t width, int64_t most) {
  int64_t best = 16, least = INT64_MAX;
  for (const auto& tile : TILES) {
    const int64_t work = cut(height, tile.height) * cut(width, tile.width) * tile.points;
    if (tile.points <= most && work < least) best = tile.points, least = work;
  }
  return best;
}

}  // namespace mu
