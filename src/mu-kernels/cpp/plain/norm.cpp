// Batch normalisation, residual and ReLU in one pass over memory each way. Apart, they are a third of what a training step of a
// residual network does on a processor, and all of it is waiting for memory.

#include <cstdlib>
#include <new>
#include <type_traits>

#include "vector.h"

namespace mu {
namespace {

// Zeros. A std::vector would lend its functions, which are compiled with AVX-512 here, to files that are not.
class Zeros {
 public:
  explicit Zeros(int64_t count) : at_(static_cast<float*>(calloc(size_t(count) + 1, sizeof(float)))) {
    if (!at_) throw std::bad_alloc();
  }
  ~Zeros() { free(at_); }
  Zeros(const Zeros&) = delete;
  Zeros& operator=(const Zeros&) = delete;
  float* data() { return at_; }
  float operator[](int64_t i) const { return at_[i]; }

 private:
  float* at_;
};

// Rows are cut into blocks of some pages: sums over a block are in float, those over blocks in double, in order.
struct Blocks {
  int64_t rows, size, count;
  Blocks(int64_t rows, int64_t channels) : rows(rows), size(channels < 128 ? 16384 / channels : 128), count((rows + size - 1) / size) {}
  int64_t end(int64_t block) const { return (block + 1) * size < rows ? (block + 1) * size : rows; }
  int64_t length(int64_t block) const { return end(block) - block * size; }
};

// Calls f(block, from, to, c, vectors) for blocks of rows and channels from `c` on: a whole line of the cache, where there is one.
template <typename F>
void by_blocks(Parallel parallel, const Blocks& blocks, int64_t channels, F f) {
  each(parallel, blocks.count, [&](int64_t block) {
    const int64_t from = block * blocks.size, to = blocks.end(block);
    if (channels % 32 == 0) {
      for (int64_t c = 0; c < channels; c += 32) f(block, from, to, c, std::integral_constant<int, 2>());
    } else {
      for (int64_t c = 0; c < channels; c += 16) f(block, from, to, c, std::integral_constant<int, 1>());
    }
  });
}

// What normalisation does to sixteen channels.
struct Affine {
  V scale, shift;
  template <typename T>
  void set(const Norm<T>& n, const float* bias, const float* mean, const float* inverse, int64_t c) {
    scale = load(n.weight + c) * load(inverse + c);
    shift = load(bias + c) - load(mean + c) * scale;
  }
  V of(V x) const { return _mm512_fmadd_ps(x, scale, shift); }
};

// Adds up rows of W vectors by `add(row, w, sum)`, two sums each at a time: one would wait for itself.
template <int W, typename F>
MU_INLINE inline void sums_of(int64_t from, int64_t to, F add, V (&out)[W]) {
  V sums[2][W];
  for (int w = 0; w < W; ++w) sums[0][w] = sums[1][w] = _mm512_setzero_ps();
  int64_t row = from;
  for (; row + 2 <= to; row += 2) {
#pragma GCC unroll 4
    for (int i = 0; i < 2 * W; ++i) sums[i / W][i % W] = add(row + i / W, i % W, sums[i / W][i % W]);
  }
  for (; row < to; ++row) {
    for (int w = 0; w < W; ++w) sums[0][w] = add(row, w, sums[0][w]);
  }
  for (int w = 0; w < W; ++w) out[w] = sums[0][w] + sums[1][w];
}

}  // namespace

template <typename T>
void norm_statistics(Parallel parallel, Norm<T> n, float* mean, float* variance) {
  check_norm(n.rows, n.channels);
  const int64_t C = n.channels;
  const Blocks blocks(n.rows, C);
  // Of each block: the mean, and the sum of squares around it.
  Zeros of_blocks(blocks.count * 2 * C);
  by_blocks(parallel, blocks, C, [&](int64_t block, int64_t from, int64_t to, int64_t c, auto vectors) {
    constexpr int W = vectors;
    const T* x = n.x + c;
    V middle[W], squares[W];
    sums_of<W>(from, to, [&](int64_t row, int w, V sum) MU_INLINE { return sum + load(x + row * C + 16 * w); }, middle);
    for (V& m : middle) m = m * _mm512_set1_ps(1.0f / float(to - from));
    sums_of<W>(
        from, to,
        [&](int64_t row, int w, V sum) MU_INLINE {
          const V apart = load(x + row * C + 16 * w) - middle[w];
          return _mm512_fmadd_ps(apart, apart, sum);
        },
        squares);
    float* own = of_blocks.data() + block * 2 * C + c;
    for (int w = 0; w < W; ++w) {
      store(own + 16 * w, middle[w]);
      store(own + C + 16 * w, squares[w]);
    }
  });
  // Chan, Golub and LeVeque: the squares around the common mean.
  each(parallel, C / 16, [&](int64_t lane) {
    for (int64_t c = lane * 16; c < lane * 16 + 16; ++c) {
      double sum = 0, squares = 0;
      for (int64_t b = 0; b < blocks.count; ++b) {
        sum += double(blocks.length(b)) * of_blocks[b * 2 * C + c];
      }
      const double middle = sum / double(n.rows);
      for (int64_t b = 0; b < blocks.count; ++b) {
        const double apart = of_blocks[b * 2 * C + c] - middle;
        squares += of_blocks[b * 2 * C + C + c] + double(blocks.length(b)) * apart * apart;
      }
      mean[c] = float(middle);
      variance[c] = float(squares / double(n.rows));
    }
  });
}

template <typename T>
void norm_forward(Parallel parallel, Norm<T> n, const float* bias, const float* mean, const float* inverse, T* y) {
  check_norm(n.rows, n.channels);
  const int64_t C = n.channels;
  by_blocks(parallel, Blocks(n.rows, C), C, [&](int64_t, int64_t from, int64_t to, int64_t c, auto vectors) {
    constexpr int W = vectors;
    Affine affine[W];
    for (int w = 0; w < W; ++w) affine[w].set(n, bias, mean, inverse, c + 16 * w);
    for (int64_t row = from; row < to; ++row) {
#pragma GCC unroll 2
      for (int w = 0; w < W; ++w) {
        const int64_t at = row * C + c + 16 * w;
        V value = affine[w].of(load(n.x + at));
        if (n.residual) value = value + load(n.residual + at);
        if (n.relu) value = _mm512_max_ps(_mm512_setzero_ps(), value);
        store(y + at, value);
      }
    }
  });
}

template <typename T>
void norm_backward(Parallel parallel, Norm<T> n, const float* bias, const T* y, const T* gradient, const float* mean,
                   const float* inverse, T* by_x, T* by_residual, float* by_weight, float* by_bias) {
  check_norm(n.rows, n.channels);
  const int64_t C = n.channels;
  const Blocks blocks(n.rows, C);
  // The gradient before max(0, ·); without a residual, x says by itself where that was positive.
  auto passed = [&](int64_t at, V x, const Affine& affine) MU_INLINE {
    const V g = load(gradient + at);
    if (!n.relu) return g;
    const V said = y ? load(y + at) : affine.of(x);
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(said, _mm512_setzero_ps(), _CMP_GT_OQ), g);
  };
  Zeros of_blocks(blocks.count * 2 * C);
  by_blocks(parallel, blocks, C, [&](int64_t block, int64_t from, int64_t to, int64_t c, auto vectors) {
    constexpr int W = vectors;
    Affine affine[W];
    V middle[W], scale[W], sum[W], along[W];
    for (int w = 0; w < W; ++w) {
      affine[w].set(n, bias, mean, inverse, c + 16 * w);
      middle[w] = load(mean + c + 16 * w);
      scale[w] = load(inverse + c + 16 * w);
      sum[w] = along[w] = _mm512_setzero_ps();
    }
    for (int64_t row = from; row < to; ++row) {
#pragma GCC unroll 2
      for (int w = 0; w < W; ++w) {
        const int64_t at = row * C + c + 16 * w;
        const V x = load(n.x + at), g = passed(at, x, affine[w]);
        if (by_residual) store(by_residual + at, g);
        sum[w] = sum[w] + g;
        along[w] = _mm512_fmadd_ps(g, (x - middle[w]) * scale[w], along[w]);
      }
    }
    float* own = of_blocks.data() + block * 2 * C + c;
    for (int w = 0; w < W; ++w) {
      store(own + 16 * w, sum[w]);
      store(own + C + 16 * w, along[w]);
    }
  });
  each(parallel, C / 16, [&](int64_t lane) {
    for (int64_t c = lane * 16; c < lane * 16 + 16; ++c) {
      double sum = 0, along = 0;
      for (int64_t b = 0; b < blocks.count; ++b) {
        sum += of_blocks[b * 2 * C + c];
        along += of_blocks[b * 2 * C + C + c];
      }
      by_bias[c] = float(sum);
      by_weight[c] = float(along);
    }
  });
  const V share = _mm512_set1_ps(1.0f / float(n.rows));
  by_blocks(parallel, blocks, C, [&](int64_t, int64_t from, int64_t to, int64_t c, auto vectors) {
    constexpr int W = vectors;
    Affine affine[W];
    V middle[W], factor[W], level[W], slope[W];
    for (int w = 0; w < W; ++w) {
      const int64_t at = c + 16 * w;
      affine[w].set(n, bias, mean, inverse, at);
      middle[w] = load(mean + at);
      factor[w] = affine[w].scale;
      level[w] = load(by_bias + at) * share;
      slope[w] = load(by_weight + at) * share * load(inverse + at);
    }
    for (int64_t row = from; row < to; ++row) {
#pragma GCC unroll 2
      for (int w = 0; w < W; ++w) {
        const int64_t at = row * C + c + 16 * w;
        const V x = load(n.x + at), g = by_residual ? load(by_residual + at) : passed(at, x, affine[w]);
        store(by_x + at, factor[w] * (g - level[w] - (x - middle[w]) * slope[w]));
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
