// Winograd's minimal filtering F(2 × 2, 3 × 3) (Lavin and Gray, arXiv 1509.09308): y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A on 4 × 4 tiles
// of the input, sixteen matrix products instead of one that is 2.25 times their size. Where a processor multiplies no faster in
// special units (AMX), this is less work than the best direct convolution can do.

#include <cstdlib>
#include <cstring>
#include <new>

#include "vector.h"

namespace mu {

bool processor_fits() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bf16");
}

bool has_tiles() { return __builtin_cpu_supports("amx-bf16"); }
bool has_bf16() { return __builtin_cpu_supports("avx512bf16") || has_tiles(); }

namespace {

constexpr int64_t POINTS = 16;  // of a 4 × 4 tile
constexpr int64_t PANEL = 32;   // outputs at once
constexpr int64_t ROWS = 12;    // tiles at once
constexpr int64_t APART = 96;   // numbers between the points' planes, which would meet in one set of the cache otherwise

// Memory of a thread that is kept between calls.
template <int WHICH>
void* scratch(size_t bytes) {
  struct Owner {
    void* at = nullptr;
    size_t size = 0;
    ~Owner() { free(at); }
  };
  static thread_local Owner owner;
  if (owner.size < bytes) {
    free(owner.at);
    owner.at = nullptr;
    owner.size = 0;
    if (posix_memalign(&owner.at, 64, bytes) != 0) {
      owner.at = nullptr;
      throw std::bad_alloc();
    }
    owner.size = bytes;
  }
  return owner.at;
}

// c[M, 32] (+)= Σ over groups of a[M, group] · b[group, 32].
template <typename T, int M>
inline void product(const T* a, int64_t row, int64_t step, const T* b, int64_t wide, int64_t groups, float* c, int64_t ldc,
                    bool add) {
  V acc[M][2];
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
    acc[m][0] = add ? _mm512_loadu_ps(c + m * ldc) : _mm512_setzero_ps();
    acc[m][1] = add ? _mm512_loadu_ps(c + m * ldc + 16) : _mm512_setzero_ps();
  }
  for (int64_t g = 0; g < groups; ++g) {
    if constexpr (sizeof(T) == 2) {
      const __m512bh b0 = (__m512bh)_mm512_loadu_si512(b);
      const __m512bh b1 = (__m512bh)_mm512_loadu_si512(b + 32);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        int32_t pair;
        memcpy(&pair, a + m * row, 4);
        const __m512bh left = (__m512bh)_mm512_set1_epi32(pair);
        acc[m][0] = _mm512_dpbf16_ps(acc[m][0], left, b0);
        acc[m][1] = _mm512_dpbf16_ps(acc[m][1], left, b1);
      }
    } else {
      const V b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16);
#pragma GCC unroll 16
      for (int m = 0; m < M; ++m) {
        const V left = _mm512_set1_ps(a[m * row]);
        acc[m][0] = _mm512_fmadd_ps(left, b0, acc[m][0]);
        acc[m][1] = _mm512_fmadd_ps(left, b1, acc[m][1]);
      }
    }
    a += step;
    b += wide;
  }
#pragma GCC unroll 16
  for (int m = 0; m < M; ++m) {
    _mm512_storeu_ps(c + m * ldc, acc[m][0]);
    _mm512_storeu_ps(c + m * ldc + 16, acc[m][1]);
  }
}

// Where the tiles of a batch lie.
struct Tiles {
  int64_t down, across, count;
  explicit Tiles(Shape s) : down((s.height + 1) / 2), across((s.width + 1) / 2), count(s.batch * down * across) {}
};

struct Corner {
  int64_t image, y, x;
  Corner(const Tiles& tiles, int64_t t)
      : image(t / (tiles.down * tiles.across)), y(t / tiles.across % tiles.down * 2), x(t % tiles.across * 2) {}
};

// Where a tile of four pixels a side lies whose first is one before the corner, and whether all of them are in the image.
struct Window {
  int64_t first, row, column;
  bool whole;
  Window(Shape s, Corner corner)
      : first((corner.image * s.height + corner.y - 1) * s.width + corner.x - 1),
        row(corner.y - 1),
        column(corner.x - 1),
        whole(row >= 0 && row + 4 <= s.height && column >= 0 && column + 4 <= s.width) {}
};

// Bᵀ d B of sixteen channels.
template <typename T>
inline void input_tile(const T* x, Shape s, int64_t channels, const Window& at, V (&v)[4][4]) {
  V d[4][4];
  if (at.whole) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const T* row = x + (at.first + i * s.width) * channels;
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) d[i][j] = load(row + j * channels);
    }
  } else {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < 4; ++j) {
        const int64_t row = at.row + i, column = at.column + j;
        const bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
        d[i][j] = inside ? load(x + (at.first + i * s.width + j) * channels) : _mm512_setzero_ps();
      }
    }
  }
  V t[4][4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    t[0][j] = d[0][j] - d[2][j];
    t[1][j] = d[1][j] + d[2][j];
    t[2][j] = d[2][j] - d[1][j];
    t[3][j] = d[1][j] - d[3][j];
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    v[i][0] = t[i][0] - t[i][2];
    v[i][1] = t[i][1] + t[i][2];
    v[i][2] = t[i][2] - t[i][1];
    v[i][3] = t[i][1] - t[i][3];
  }
}

// Row `i` of Bᵀ d B, from the two rows of pixels that it is made of.
template <typename T>
inline void input_row(const T* x, Shape s, int64_t channels, const Window& at, int i, V (&v)[4]) {
  const int64_t one = i == 0 ? 0 : i == 2 ? 2 : 1, other = i == 0 || i == 1 ? 2 : i == 2 ? 1 : 3;
  V t[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    auto pixel = [&](int64_t row) {
      const bool inside = at.whole || (at.row + row >= 0 && at.row + row < s.height && at.column + j >= 0 &&
                                       at.column + j < s.width);
      return inside ? load(x + (at.first + row * s.width + j) * channels) : _mm512_setzero_ps();
    };
    t[j] = i == 1 ? pixel(one) + pixel(other) : pixel(one) - pixel(other);
  }
  v[0] = t[0] - t[2];
  v[1] = t[1] + t[2];
  v[2] = t[2] - t[1];
  v[3] = t[1] - t[3];
}

// Row `i` of A dy Aᵀ of sixteen channels.
template <typename T>
inline void gradient_row(const T* dy, Shape s, int64_t channels, Corner corner, int i, V (&z)[4]) {
  V t[2];
#pragma GCC unroll 2
  for (int j = 0; j < 2; ++j) {
    auto pixel = [&](int64_t row) {
      const bool inside = corner.y + row < s.height && corner.x + j < s.width;
      return inside ? load(dy + ((corner.image * s.height + corner.y + row) * s.width + corner.x + j) * channels)
                    : _mm512_setzero_ps();
    };
    t[j] = i == 0   ? pixel(0)
           : i == 1 ? pixel(0) + pixel(1)
           : i == 2 ? pixel(0) - pixel(1)
                    : _mm512_setzero_ps() - pixel(1);
  }
  z[0] = t[0];
  z[1] = t[0] + t[1];
  z[2] = t[0] - t[1];
  z[3] = _mm512_setzero_ps() - t[1];
}

// G g Gᵀ of sixteen channels; `at(i, j)` gives the weights.
template <typename F>
inline void weight_tile(F at, V (&u)[4][4]) {
  const V half = _mm512_set1_ps(0.5f);
  V t[4][3];
#pragma GCC unroll 3
  for (int j = 0; j < 3; ++j) {
    const V a = at(0, j), b = at(1, j), c = at(2, j);
    t[0][j] = a;
    t[1][j] = (a + b + c) * half;
    t[2][j] = (a - b + c) * half;
    t[3][j] = c;
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    u[i][0] = t[i][0];
    u[i][1] = (t[i][0] + t[i][1] + t[i][2]) * half;
    u[i][2] = (t[i][0] - t[i][1] + t[i][2]) * half;
    u[i][3] = t[i][2];
  }
}

// Two vectors of sixteen, paired: a0 b0 a1 b1 ….
inline __m512i paired(V a, V b) {
  const __m512i words = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                         19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(words, (__m512i)_mm512_cvtne2ps_pbh(b, a));
}

}  // namespace

template <typename T>
void winograd_weights(Parallel parallel, const float* weight, Shape s, bool turned, T* packed) {
  constexpr int64_t G = GROUP<T>;
  const int64_t C = s.inputs, K = s.outputs;
  // Packed: [point][panel of outputs][group of inputs][output in the panel][input in the group].
  if (turned) {
    // Outputs and inputs exchange their parts: lanes are inputs of the convolution, groups its outputs.
    each(parallel, K / PANEL, [&](int64_t block) {
      for (int64_t k = block * PANEL; k < (block + 1) * PANEL; k += G) {
        for (int64_t c = 0; c < C; c += 16) {
          V u[2][4][4];
          for (int64_t g = 0; g < G; ++g) {
            weight_tile([&](int i, int j) { return load(weight + (((k + g) * 3 + 2 - i) * 3 + 2 - j) * C + c); }, u[g]);
          }
          for (int64_t point = 0; point < POINTS; ++point) {
            T* to = packed + (((point * (C / PANEL) + c / PANEL) * (K / G) + k / G) * PANEL + c % PANEL) * G;
            const V first = u[0][point / 4][point % 4];
            if constexpr (sizeof(T) == 2) {
              _mm512_storeu_si512(to, paired(first, u[1][point / 4][point % 4]));
            } else {
              store(to, first);
            }
          }
        }
      }
    });
    return;
  }
  each(parallel, K / PANEL, [&](int64_t panel) {
    const __m512i ways = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                            _mm512_set1_epi32(PANEL));
    for (int64_t k = panel * PANEL; k < (panel + 1) * PANEL; ++k) {
      for (int64_t c = 0; c < C; c += 16) {
        V u[4][4];
        weight_tile([&](int i, int j) { return load(weight + ((k * 3 + i) * 3 + j) * C + c); }, u);
        for (int64_t point = 0; point < POINTS; ++point) {
          T* to = packed + (((point * (K / PANEL) + panel) * (C / G) + c / G) * PANEL + k % PANEL) * G;
          const V own = u[point / 4][point % 4];
          if constexpr (sizeof(T) == 2) {
            _mm256_i32scatter_epi32(to, _mm512_castsi512_si256(ways), rounded(own), 4);
          } else {
            _mm512_i32scatter_ps(to, ways, own, 4);
          }
        }
      }
    }
  });
}

template <typename T>
void winograd_forward(Parallel parallel, const T* x, const T* packed, Shape s, Epilogue<T> then, T* y) {
  constexpr int64_t G = GROUP<T>;
  const int64_t C = s.inputs, K = s.outputs;
  const Tiles tiles(s);
  // As many tiles as fit into a second-level cache with their products.
  int64_t most = (640 << 10) / (POINTS * C * int64_t(sizeof(T))) / ROWS * ROWS;
  most = most < ROWS ? ROWS : most > 20 * ROWS ? 20 * ROWS : most;
  each(parallel, (tiles.count + most - 1) / most, [&](int64_t block) {
    const int64_t from = block * most;
    const int64_t count = tiles.count - from < most ? tiles.count - from : most;
    const int64_t padded = (count + ROWS - 1) / ROWS * ROWS;
    const int64_t plane = padded * C + APART, made_plane = padded * PANEL + APART;
    T* seen = static_cast<T*>(scratch<0>(POINTS * plane * sizeof(T)));
    float* made = static_cast<float*>(scratch<1>(POINTS * made_plane * sizeof(float)));
    for (int64_t t = 0; t < padded; ++t) {
      if (t >= count) {
        for (int64_t point = 0; point < POINTS; ++point) memset(seen + point * plane + t * C, 0, C * sizeof(T));
        continue;
      }
      const Window window(s, Corner(tiles, from + t));
      for (int64_t c = 0; c < C; c += 16) {
        V v[4][4];
        input_tile(x + c, s, C, window, v);
#pragma GCC unroll 16
        for (int64_t point = 0; point < POINTS; ++point) {
          store(seen + point * plane + t * C + c, v[point / 4][point % 4]);
        }
      }
    }
    for (int64_t panel = 0; panel < K / PANEL; ++panel) {
      for (int64_t point = 0; point < POINTS; ++point) {
        const T* own = packed + (point * (K / PANEL) + panel) * C * PANEL;
        for (int64_t t = 0; t < padded; t += ROWS) {
          product<T, ROWS>(seen + point * plane + t * C, C, G, own, PANEL * G, C / G, made + point * made_plane + t * PANEL,
                           PANEL, false);
        }
      }
      for (int64_t t = 0; t < count; ++t) {
        const Corner corner(tiles, from + t);
        for (int64_t k = 0; k < PANEL; k += 16) {
          V m[4][4], h[2][4];
#pragma GCC unroll 16
          for (int64_t point = 0; point < POINTS; ++point) {
            m[point / 4][point % 4] = load(made + point * made_plane + t * PANEL + k);
          }
#pragma GCC unroll 4
          for (int j = 0; j < 4; ++j) {
            h[0][j] = m[0][j] + m[1][j] + m[2][j];
            h[1][j] = m[1][j] - m[2][j] - m[3][j];
          }
          const int64_t channel = panel * PANEL + k;
          for (int i = 0; i < 2; ++i) {
            V pair[2] = {h[i][0] + h[i][1] + h[i][2], h[i][1] - h[i][2] - h[i][3]};
            for (int j = 0; j < 2; ++j) {
              const int64_t row = corner.y + i, column = corner.x + j;
              if (row >= s.height || column >= s.width) continue;
              const int64_t at = ((corner.image * s.height + row) * s.width + column) * K + channel;
              V value = pair[j];
              if (then.bias) value = value + load(then.bias + channel);
              if (then.residual) value = value + load(then.residual + at);
              if (then.relu) value = _mm512_max_ps(value, _mm512_setzero_ps());
              store(y + at, value);
            }
          }
        }
      }
    }
  });
}

template <typename T>
void winograd_by_weight(Parallel parallel, const T* x, const T* gradient, Shape s, float* by_weight) {
  constexpr int64_t G = GROUP<T>;
  const int64_t C = s.inputs, K = s.outputs;
  const Tiles tiles(s);
  // One row of points and some outputs at a time, from the transforms to the products: what a thread writes no other reads. A
  // part of the tiles at a time, which a second-level cache holds.
  constexpr int64_t LEFT = 16;
  const int64_t outputs = K % 256 == 0 ? 256 : K;
  int64_t most = (512 << 10) / (4 * (C + outputs) * int64_t(sizeof(T))) / 32 * 32;
  most = most < 128 ? 128 : most > 512 ? 512 : most;
  // Of each point: [channels at once][group of tiles][channel][tile in the group]
  const int64_t seen_plane = most * C + APART, moved_plane = most * outputs + APART;
  float* sums = static_cast<float*>(scratch<2>(POINTS * C * K * sizeof(float)));
  each(parallel, 4 * (K / outputs), [&](int64_t task) {
    const int row = int(task % 4);
    const int64_t first = task / 4 * outputs;
    T* seen = static_cast<T*>(scratch<3>(4 * (seen_plane + moved_plane) * sizeof(T)));
    T* moved = seen + 4 * seen_plane;
    for (int64_t from = 0; from < tiles.count; from += most) {
      const int64_t count = tiles.count - from < most ? tiles.count - from : most;
      const int64_t groups = (count + G - 1) / G;
      for (int64_t t = 0; t < count; t += G) {
        // An odd tile at the end has an empty one beside it.
        const bool alone = t + G > count;
        const Corner corners[2] = {Corner(tiles, from + t), Corner(tiles, from + t + (alone ? 0 : G - 1))};
        const Window windows[2] = {Window(s, corners[0]), Window(s, corners[1])};
        auto both = [&](T* to, int64_t plane, int64_t channels, int64_t wide, auto tile) {
          for (int64_t c = 0; c < channels; c += 16) {
            V v[2][4];
            tile(c, 0, v[0]);
            if (G == 2 && !alone) tile(c, 1, v[1]);
            if (alone) v[1][0] = v[1][1] = v[1][2] = v[1][3] = _mm512_setzero_ps();
            T* at = to + ((c / wide * (most / G) + t / G) * wide + c % wide) * G;
#pragma GCC unroll 4
            for (int64_t column = 0; column < 4; ++column) {
              if constexpr (sizeof(T) == 2) {
                _mm512_store_si512(at + column * plane, paired(v[0][column], v[1][column]));
              } else {
                store(at + column * plane, v[0][column]);
              }
            }
          }
        };
        both(seen, seen_plane, C, LEFT, [&](int64_t c, int g, V(&v)[4]) { input_row(x + c, s, C, windows[g], row, v); });
        both(moved, moved_plane, outputs, PANEL,
             [&](int64_t k, int g, V(&v)[4]) { gradient_row(gradient + first + k, s, K, corners[g], row, v); });
      }
      constexpr int M = 8;
      for (int64_t column = 0; column < 4; ++column) {
        float* own = sums + (row * 4 + column) * C * K + first;
        for (int64_t k = 0; k < outputs; k += PANEL) {
          for (int64_t c = 0; c < C; c += M) {
            product<T, M>(seen + column * seen_plane + c / LEFT * LEFT * most + c % LEFT * G, G, LEFT * G,
                          moved + column * moved_plane + k * most, PANEL * G, groups, own + c * K + k, K, from > 0);
          }
        }
      }
    }
  });
  // Gᵀ u G.
  each(parallel, C / PANEL, [&](int64_t block) {
    const V half = _mm512_set1_ps(0.5f);
    const __m512i ways = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                            _mm512_set1_epi32(int(9 * C)));
    for (int64_t c = block * PANEL; c < (block + 1) * PANEL; ++c) {
      for (int64_t k = 0; k < K; k += 16) {
        V u[4][4], t[3][4];
        for (int64_t point = 0; point < POINTS; ++point) u[point / 4][point % 4] = load(sums + (point * C + c) * K + k);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
          const V sum = (u[1][j] + u[2][j]) * half, difference = (u[1][j] - u[2][j]) * half;
          t[0][j] = u[0][j] + sum;
          t[1][j] = difference;
          t[2][j] = sum + u[3][j];
        }
#pragma GCC unroll 3
        for (int i = 0; i < 3; ++i) {
          const V sum = (t[i][1] + t[i][2]) * half, difference = (t[i][1] - t[i][2]) * half;
          float* to = by_weight + (k * 9 + i * 3) * C + c;
          _mm512_i32scatter_ps(to, ways, t[i][0] + sum, 4);
          _mm512_i32scatter_ps(to + C, ways, difference, 4);
          _mm512_i32scatter_ps(to + 2 * C, ways, sum + t[i][3], 4);
        }
      }
    }
  });
}

#define MU_WINOGRAD(T)                                                                            \
  template void winograd_weights<T>(Parallel, const float*, Shape, bool, T*);                     \
  template void winograd_forward<T>(Parallel, const T*, const T*, Shape, Epilogue<T>, T*);        \
  template void winograd_by_weight<T>(Parallel, const T*, const T*, Shape, float*);
MU_WINOGRAD(float)
MU_WINOGRAD(bf16)

}  // namespace mu
