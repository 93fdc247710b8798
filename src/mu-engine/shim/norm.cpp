// Batch normalisation, residual and ReLU in one pass over memory each way. Apart, they are a third of what a training step of a
// residual network does on a processor, and all of it is waiting for memory.

#include <vector>

#include "vector.h"

namespace mu {
namespace {

// Rows of a block: sums over a block are in float, those over blocks in double, in order.
constexpr int64_t BLOCK = 128;

int64_t blocks(int64_t rows) { return (rows + BLOCK - 1) / BLOCK; }

// Calls f(from, to) for blocks of rows.
template <typename F>
void by_rows(Parallel parallel, int64_t rows, F f) {
  each(parallel, blocks(rows), [&](int64_t block) {
    const int64_t to = (block + 1) * BLOCK;
    f(block, block * BLOCK, to < rows ? to : rows);
  });
}

// What normalisation does to sixteen channels.
struct Affine {
  V scale, shift;
  template <typename T>
  Affine(const Norm<T>& n, const float* bias, const float* mean, const float* inverse, int64_t c)
      : scale(load(n.weight + c) * load(inverse + c)), shift(load(bias + c) - load(mean + c) * scale) {}
  V of(V x) const { return _mm512_fmadd_ps(x, scale, shift); }
};

// Adds up rows by `add(row, sum)`, four sums at a time: one would wait for itself.
template <typename F>
V sum_of(int64_t from, int64_t to, F add) {
  V sums[4] = {_mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
  int64_t row = from;
  for (; row + 4 <= to; row += 4) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) sums[i] = add(row + i, sums[i]);
  }
  for (; row < to; ++row) sums[0] = add(row, sums[0]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

template <typename T>
void norm_statistics(Parallel parallel, Norm<T> n, float* mean, float* variance) {
  const int64_t C = n.channels, parts = blocks(n.rows);
  // Of each block: the mean, and the sum of squares around it.
  std::vector<float> of_blocks(parts * 2 * C);
  by_rows(parallel, n.rows, [&](int64_t block, int64_t from, int64_t to) {
    float* own = of_blocks.data() + block * 2 * C;
    const V share = _mm512_set1_ps(1.0f / float(to - from));
    for (int64_t c = 0; c < C; c += 16) {
      const T* x = n.x + c;
      const V middle = sum_of(from, to, [&](int64_t row, V sum) { return sum + load(x + row * C); }) * share;
      const V squares = sum_of(from, to, [&](int64_t row, V sum) {
        const V apart = load(x + row * C) - middle;
        return _mm512_fmadd_ps(apart, apart, sum);
      });
      store(own + c, middle);
      store(own + C + c, squares);
    }
  });
  // Chan, Golub and LeVeque: the squares around the common mean.
  each(parallel, C / 16, [&](int64_t lane) {
    for (int64_t c = lane * 16; c < lane * 16 + 16; ++c) {
      double sum = 0, squares = 0;
      for (int64_t b = 0; b < parts; ++b) {
        const int64_t size = b + 1 < parts ? BLOCK : n.rows - b * BLOCK;
        sum += double(size) * of_blocks[b * 2 * C + c];
      }
      const double middle = sum / double(n.rows);
      for (int64_t b = 0; b < parts; ++b) {
        const int64_t size = b + 1 < parts ? BLOCK : n.rows - b * BLOCK;
        const double apart = of_blocks[b * 2 * C + c] - middle;
        squares += of_blocks[b * 2 * C + C + c] + double(size) * apart * apart;
      }
      mean[c] = float(middle);
      variance[c] = float(squares / double(n.rows));
    }
  });
}

template <typename T>
void norm_forward(Parallel parallel, Norm<T> n, const float* bias, const float* mean, const float* inverse, T* y) {
  const int64_t C = n.channels;
  by_rows(parallel, n.rows, [&](int64_t, int64_t from, int64_t to) {
    for (int64_t c = 0; c < C; c += 16) {
      const Affine affine(n, bias, mean, inverse, c);
      for (int64_t row = from; row < to; ++row) {
        V value = affine.of(load(n.x + row * C + c));
        if (n.residual) value = value + load(n.residual + row * C + c);
        if (n.relu) value = _mm512_max_ps(value, _mm512_setzero_ps());
        store(y + row * C + c, value);
      }
    }
  });
}

template <typename T>
void norm_backward(Parallel parallel, Norm<T> n, const float* bias, const T* y, const T* gradient, const float* mean,
                   const float* inverse, T* by_x, T* by_residual, float* by_weight, float* by_bias) {
  const int64_t C = n.channels, parts = blocks(n.rows);
  // The gradient before max(0, ·) of channels from `c` on: without a residual, x says by itself where that was positive.
  auto passed = [&](int64_t c) {
    const Affine affine(n, bias, mean, inverse, c);
    return [=](int64_t at, V x) {
      const V g = load(gradient + at);
      if (!n.relu) return g;
      const V said = y ? load(y + at) : affine.of(x);
      return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(said, _mm512_setzero_ps(), _CMP_GT_OQ), g);
    };
  };
  std::vector<float> of_blocks(parts * 2 * C);
  by_rows(parallel, n.rows, [&](int64_t block, int64_t from, int64_t to) {
    float* own = of_blocks.data() + block * 2 * C;
    for (int64_t c = 0; c < C; c += 16) {
      const V middle = load(mean + c), scale = load(inverse + c);
      const auto before = passed(c);
      V sum = _mm512_setzero_ps(), along = _mm512_setzero_ps();
      for (int64_t row = from; row < to; ++row) {
        const V x = load(n.x + row * C + c), g = before(row * C + c, x);
        if (by_residual) store(by_residual + row * C + c, g);
        sum = sum + g;
        along = _mm512_fmadd_ps(g, (x - middle) * scale, along);
      }
      store(own + c, sum);
      store(own + C + c, along);
    }
  });
  each(parallel, C / 16, [&](int64_t lane) {
    for (int64_t c = lane * 16; c < lane * 16 + 16; ++c) {
      double sum = 0, along = 0;
      for (int64_t b = 0; b < parts; ++b) {
        sum += of_blocks[b * 2 * C + c];
        along += of_blocks[b * 2 * C + C + c];
      }
      by_bias[c] = float(sum);
      by_weight[c] = float(along);
    }
  });
  const V share = _mm512_set1_ps(1.0f / float(n.rows));
  by_rows(parallel, n.rows, [&](int64_t, int64_t from, int64_t to) {
    for (int64_t c = 0; c < C; c += 16) {
      const V middle = load(mean + c), scale = load(inverse + c);
      const V factor = load(n.weight + c) * scale;
      const V level = load(by_bias + c) * share, slope = load(by_weight + c) * share * scale;
      const auto before = passed(c);
      for (int64_t row = from; row < to; ++row) {
        const int64_t at = row * C + c;
        const V x = load(n.x + at), g = by_residual ? load(by_residual + at) : before(at, x);
        const V away = (x - middle) * slope;
        store(by_x + at, factor * (g - level - away));
      }
    }
  });
}

#define MU_NORM(T)                                                                                                  \
  template void norm_statistics<T>(Parallel, Norm<T>, float*, float*);                                              \
  template void norm_forward<T>(Parallel, Norm<T>, const float*, const float*, const float*, T*);                   \
  template void norm_backward<T>(Parallel, Norm<T>, const float*, const T*, const T*, const float*, const float*, T*, T*, float*,  \
                                 float*);
MU_NORM(float)
MU_NORM(bf16)

}  // namespace mu
