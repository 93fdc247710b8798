// Batches out of bytes: which row and column of its image each place shows, and what the byte there is to the network, in one pass.

#include "kernels.h"

namespace mu {

void gather(Parallel parallel, Bytes from, const int64_t* index, Places to, const float* table, float* out) {
  const int64_t channels = from.channels, plane = from.height * from.width;
  each(parallel, to.images, [&](int64_t i) {
    const uint8_t* image = from.pixels + index[i] * channels * plane;
    const int64_t *rows = to.rows + i * to.height, *columns = to.columns + i * to.width;
    float* at = out + i * to.height * to.width * channels;
    for (int64_t y = 0; y < to.height; ++y) {
      for (int64_t x = 0; x < to.width; ++x) {
        const bool seen = rows[y] >= 0 && columns[x] >= 0;
        const int64_t place = seen ? rows[y] * from.width + columns[x] : 0;
        // Nothing is black, before it is normalised.
        for (int64_t c = 0; c < channels; ++c) *at++ = table[c * 256 + (seen ? image[c * plane + place] : 0)];
      }
    }
  });
}

}  // namespace mu
