// 3 × 3 convolutions by Winograd's minimal filtering (`filter.h`): y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A on tiles of the input, a matrix product for
// each point instead of one that is 2.25, 3 or 4 times the size of all of them. Where a processor multiplies no faster in special
// units (AMX), this is less work than the best direct convolution can do.

#include <cmath>
#include <utility>

#include "tiles.h"

namespace mu {

namespace {

constexpr int64_t ROWS = 12;  // tiles of a product

// G g Gᵀ of sixteen channels; `at(i, j)` gives the weights.
template <int H, int W, typename F>
inline void weight_tile(F at, V (&u)[H + 2][W + 2]) {
  V t[H + 2][3];
#pragma GCC unroll 3
  for (int j = 0; j < 3; ++j) {
    const V g[3] = {at(0, j), at(1, j), at(2, j)};
    V made[H + 2];
    Filter<H>::weight(g, made);
#pragma GCC unroll 6
    for (int i = 0; i < H + 2; ++i) t[i][j] = made[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < H + 2; ++i) Filter<W>::weight(t[i], u[i]);
}

// Packed: [point][panel of outputs][group of inputs][output in the panel][input in the group].
template <typename T, int H, int W>
void pack(Parallel parallel, const float* weight, Shape s, bool turned, T* packed) {
  constexpr int64_t G = GROUP<T>, DOWN = H + 2, ACROSS = W + 2;
  const int64_t C = s.inputs, K = s.outputs;
  if (turned) {
    // Outputs and inputs exchange their parts: lanes are inputs of the convolution, groups its outputs.
    const int64_t wide = panel_of(C);
    each(parallel, K / 16, [&](int64_t block) {
      for (int64_t k = block * 16; k < (block + 1) * 16; k += G) {
        for (int64_t c = 0; c < C; c += 16) {
          V u[2][DOWN][ACROSS];
          for (int64_t g = 0; g < G; ++g) {
            weight_tile<H, W>([&](int i, int j) { return load(weight + (((k + g) * 3 + 2 - i) * 3 + 2 - j) * C + c); }, u[g]);
          }
          for (int64_t point = 0; point < DOWN * ACROSS; ++point) {
            T* to = packed + (((point * (C / wide) + c / wide) * (K / G) + k / G) * wide + c % wide) * G;
            const V first = u[0][point / ACROSS][point % ACROSS];
            if constexpr (sizeof(T) == 2) {
              _mm512_storeu_si512(to, paired(first, u[1][point / ACROSS][point % ACROSS]));
            } else {
              store(to, first);
            }
          }
        }
      }
    });
    return;
  }
  const int64_t wide = panel_of(K);
  each(parallel, K / 16, [&](int64_t block) {
    const int64_t first = block * 16;
    alignas(64) T made[DOWN * ACROSS][16][16];  // of each point, sixteen outputs by sixteen inputs
    for (int64_t c = 0; c < C; c += 16) {
      for (int64_t k = 0; k < 16; ++k) {
        V u[DOWN][ACROSS];
        weight_tile<H, W>([&](int i, int j) { return load(weight + (((first + k) * 3 + i) * 3 + j) * C + c); }, u);
        for (int64_t point = 0; point < DOWN * ACROSS; ++point) store(made[point][k], u[point / ACROSS][point % ACROSS]);
      }
      for (int64_t point = 0; point < DOWN * ACROSS; ++point) {
        for (int64_t g = 0; g < 16 / G; g += 8) {
          T* to = packed + (((point * (K / wide) + first / wide) * (C / G) + c / G + g) * wide + first % wide) * G;
          __m512i turned[8];
          transpose(&made[point][0][g * G], turned);
          for (int64_t i = 0; i < 8; ++i) _mm512_storeu_si512(to + i * wide * G, turned[i]);
        }
      }
    }
  });
}

// A convolution of packed weights.
//
// Of a tile, a cache line of channels lies beside that of the next point, so that the transforms reach all points by constants:
// [lines of channels][tile][point and one more][channels of a line].
template <typename T, int H, int W>
struct Forward {
  static constexpr int64_t DOWN = H + 2, ACROSS = W + 2, POINTS = DOWN * ACROSS, G = GROUP<T>;
  static constexpr int64_t SEEN = 64 / sizeof(T), MADE = 16;  // numbers of a line
  static constexpr int64_t APART = POINTS + 1;                // lines of a tile: an odd number, or tiles would meet in few sets of the cache
  const T *x, *packed;
  Shape s;
  Epilogue<T> then;
  T* y;
  Tiles<H, W> tiles = Tiles<H, W>(s);
  int64_t C = s.inputs, K = s.outputs, wide = panel_of(K);
  int64_t lines = (C + SEEN - 1) / SEEN;

  int64_t seen_size(int64_t padded) const { return lines * padded * APART * SEEN; }
  static int64_t made_size(int64_t padded, int64_t outputs) { return padded * outputs * APART; }

  // As many rows at once as registers hold.
  template <int FIRST, typename F>
  MU_INLINE static void see_rows(const F& at, T* to) {
    constexpr int COUNT = POINTS == 16 ? 4 : 2;
    V v[COUNT][ACROSS];
    rows<H, W, FIRST, COUNT, DOWN, ACROSS>(at, v);
#pragma GCC unroll 4
    for (int i = 0; i < COUNT; ++i) {
#pragma GCC unroll 6
      for (int j = 0; j < ACROSS; ++j) store(to + (Filter<H>::ORDER[FIRST + i] * ACROSS + j) * SEEN, v[i][j]);
    }
    if constexpr (FIRST + COUNT < DOWN) see_rows<FIRST + COUNT>(at, to);
  }

  // Transforms `padded` tiles, those from `count` on empty; lines of channels lie `next` apart.
  void see(int64_t from, int64_t count, int64_t padded, T* seen, int64_t next) const {
    for (int64_t t = 0; t < padded; ++t) {
      T* own = seen + t * APART * SEEN;
      if (t >= count) {
        for (int64_t line = 0; line < lines; ++line) memset(own + line * next, 0, POINTS * SEEN * sizeof(T));
        continue;
      }
      Window<T, DOWN, ACROSS, 1>(x, s, C, Corner(tiles, from + t)).look(0, C, [own, next](const auto& at, int64_t c) MU_INLINE {
        see_rows<0>(at, own + c / SEEN * next + c % SEEN);
      });
    }
  }

  // The products of a point and a panel with tiles that were transformed; a tile has `outputs` numbers of each point.
  void multiply(int64_t point, int64_t panel, const T* seen, int64_t next, int64_t padded, float* made, int64_t outputs) const {
    const T* own = packed + (point * (K / wide) + panel) * C * wide;
    for (int64_t t = 0; t < padded; t += ROWS) {
      const Left<T> left{seen + (t * APART + point) * SEEN, APART * SEEN, G, SEEN / G, next};
      float* to = made + t * APART * outputs + point * MADE;
      if (wide == 32) {
        product<T, ROWS, 2>(left, own, C / G, to, APART * outputs, APART * MADE, false);
      } else {
        product<T, ROWS, 1>(left, own, C / G, to, APART * outputs, APART * MADE, false);
      }
    }
  }

  // Transforms back sixteen outputs of a tile. WHOLE: all of the tile is in the image.
  template <bool WHOLE, bool RESIDUAL>
  MU_INLINE void write_tile(Corner corner, int64_t channel, const float* made) const {
    V h[DOWN][W];
#pragma GCC unroll 6
    for (int i = 0; i < DOWN; ++i) {
      V m[ACROSS];
#pragma GCC unroll 6
      for (int j = 0; j < ACROSS; ++j) m[j] = load(made + (i * ACROSS + j) * MADE);
      Filter<W>::output(m, h[i]);
    }
    const V bias = then.bias ? load(then.bias + channel) : _mm512_setzero_ps();
    const V least = _mm512_set1_ps(then.relu ? 0 : -INFINITY);
    int64_t columns[W];
    V out[H][W];
#pragma GCC unroll 4
    for (int j = 0; j < W; ++j) {
      columns[j] = j == 0 ? 0 : opaque(columns[j - 1] + K);
      V m[DOWN], made[H];
#pragma GCC unroll 6
      for (int i = 0; i < DOWN; ++i) m[i] = h[i][j];
      Filter<H>::output(m, made);
#pragma GCC unroll 4
      for (int i = 0; i < H; ++i) out[i][j] = made[i] + bias;
    }
    int64_t at = ((corner.image * s.height + corner.y) * s.width + corner.x) * K + channel;
#pragma GCC unroll 4
    for (int i = 0; i < H; ++i) {
      if (!WHOLE && corner.y + i >= s.height) break;
#pragma GCC unroll 4
      for (int j = 0; j < W; ++j) {
        if (!WHOLE && corner.x + j >= s.width) break;
        V value = out[i][j];
        if constexpr (RESIDUAL) value = value + load(then.residual + at + columns[j]);
        // What is not a number stays so.
        store(y + at + columns[j], _mm512_max_ps(least, value));
      }
      at = opaque(at + s.width * K);
    }
  }

  template <bool WHOLE, bool RESIDUAL>
  __attribute__((noinline)) void write_panel(Corner corner, int64_t panel, const float* made) const {
    for (int64_t k = 0; k < wide; k += 16) write_tile<WHOLE, RESIDUAL>(corner, panel * wide + k, made + k * APART);
  }

  void write(int64_t tile, int64_t panel, const float* made) const {
    const Corner corner(tiles, tile);
    if (corner.y + H <= s.height && corner.x + W <= s.width) {
      then.residual ? write_panel<true, true>(corner, panel, made) : write_panel<true, false>(corner, panel, made);
    } else {
      then.residual ? write_panel<false, true>(corner, panel, made) : write_panel<false, false>(corner, panel, made);
    }
  }

  // Some tiles from the first transform to the last, as many as a second-level cache holds with their products. All weights
  // pass by for each such block.
  void by_blocks(Parallel parallel) const {
    int64_t most = (256 << 10) / (POINTS * (C * int64_t(sizeof(T)) + wide * 4)) / ROWS * ROWS;
    most = most < ROWS ? ROWS : most > 20 * ROWS ? 20 * ROWS : most;
    each(parallel, (tiles.count + most - 1) / most, [&](int64_t block) {
      const int64_t from = block * most;
      const int64_t count = tiles.count - from < most ? tiles.count - from : most;
      const int64_t padded = (count + ROWS - 1) / ROWS * ROWS, next = padded * APART * SEEN;
      T* seen = static_cast<T*>(scratch<0>(seen_size(padded) * sizeof(T)));
      float* made = static_cast<float*>(scratch<1>(made_size(padded, wide) * sizeof(float)));
      see(from, count, padded, seen, next);
      for (int64_t panel = 0; panel < K / wide; ++panel) {
        for (int64_t point = 0; point < POINTS; ++point) multiply(point, panel, seen, next, padded, made, wide);
        for (int64_t t = 0; t < count; ++t) write(from + t, panel, made + t * APART * wide);
      }
    });
  }

  // All tiles (or many) point by point: each weight passes by once. For weights that no cache holds.
  void by_points(Parallel parallel) const {
    constexpr int64_t MOST = 24 * ROWS;
    for (int64_t from = 0; from < tiles.count; from += MOST) {
      const int64_t count = tiles.count - from < MOST ? tiles.count - from : MOST;
      const int64_t parts = (count + ROWS - 1) / ROWS, padded = parts * ROWS, next = padded * APART * SEEN;
      T* seen = static_cast<T*>(scratch<0>(seen_size(padded) * sizeof(T)));
      float* made = static_cast<float*>(scratch<1>(made_size(padded, K) * sizeof(float)));
      each(parallel, parts, [&](int64_t part) {
        const int64_t first = part * ROWS;
        see(from + first, count - first < ROWS ? count - first : ROWS, ROWS, seen + first * APART * SEEN, next);
      });
      each(parallel, POINTS, [&](int64_t point) {
        for (int64_t panel = 0; panel < K / wide; ++panel) {
          multiply(point, panel, seen, next, padded, made + panel * wide * APART, K);
        }
      });
      each(parallel, parts, [&](int64_t part) {
        for (int64_t t = part * ROWS; t < count && t < (part + 1) * ROWS; ++t) {
          for (int64_t panel = 0; panel < K / wide; ++panel) {
            write(from + t, panel, made + (t * K + panel * wide) * APART);
          }
        }
      });
    }
  }
};

template <typename T, int H, int W>
void forward(Parallel parallel, const T* x, const T* packed, Shape s, Epilogue<T> then, T* y) {
  const Forward<T, H, W> convolution{x, packed, s, then, y};
  if (convolution.POINTS * s.inputs * s.outputs * int64_t(sizeof(T)) > (10 << 20)) {
    convolution.by_points(parallel);
  } else {
    convolution.by_blocks(parallel);
  }
}

}  // namespace

template <typename T>
void winograd_weights(Parallel parallel, const float* weight, Shape s, int64_t points, bool turned, T* packed) {
  check_winograd(s, points);
  if (points == 16) return pack<T, 2, 2>(parallel, weight, s, turned, packed);
  if (points == 24) return pack<T, 2, 4>(parallel, weight, s, turned, packed);
  pack<T, 4, 4>(parallel, weight, s, turned, packed);
}

template <typename T>
void winograd_forward(Parallel parallel, const T* x, const T* packed, Shape s, int64_t points, Epilogue<T> then, T* y) {
  check_winograd(s, points);
  if (points == 16) return forward<T, 2, 2>(parallel, x, packed, s, then, y);
  if (points == 24) return forward<T, 2, 4>(parallel, x, packed, s, then, y);
  forward<T, 4, 4>(parallel, x, packed, s, then, y);
}

#define MU_WINOGRAD(T)                                                                      \
  template void winograd_weights<T>(Parallel, const float*, Shape, int64_t, bool, T*);      \
  template void winograd_forward<T>(Parallel, const T*, const T*, Shape, int64_t, Epilogue<T>, T*);
MU_WINOGRAD(float)
MU_WINOGRAD(bf16)

}  // namespace mu
