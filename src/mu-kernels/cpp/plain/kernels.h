// Kernels that know nothing of libtorch: plain memory in, plain memory out. What they compute in parallel is cut in the same
// way whatever the number of threads, so that results do not depend on it.
#pragma once

#include <cstdint>

namespace mu {

// Runs tasks 0..n in any order, on the threads of whoever calls the kernels.
using Parallel = void (*)(int64_t n, void (*task)(void* self, int64_t i), void* self);

// Calls f(i) for i in 0..n.
template <typename F>
void each(Parallel parallel, int64_t n, F f) {
  parallel(n, [](void* self, int64_t i) { (*static_cast<F*>(self))(i); }, &f);
}

// Whether this processor has the instructions that the kernels are made of (AVX-512 with bfloat16).
bool processor_fits();
// Whether it multiplies bfloat16 at all, and whether in tile units (AMX).
bool has_bf16();
bool has_tiles();

// A number in sixteen bits: the upper half of a float.
struct bf16 {
  uint16_t bits;
};

// Images are [batch, height, width, channels] in memory (channels last), weights [outputs, 3, 3, inputs].
struct Shape {
  int64_t batch, height, width, inputs, outputs;
};

// What follows a convolution in evaluation: y + bias + residual, then max(0, ·). Each may be absent.
template <typename T>
struct Epilogue {
  const float* bias;
  const T* residual;
  bool relu;
};

// 3 × 3 convolutions with stride 1 and padding 1 by Winograd's algorithm. A tile of 2 × 2, 2 × 4 or 4 × 4 outputs (rows × columns) is
// made from 16, 24 or 36 `points`, each of which is one multiplication for each input and output channel: 2.25, 3 or 4 times fewer than
// directly, of larger numbers. Inputs and outputs must be multiples of 16.
//
// Sizes and points that they can take; std::invalid_argument where not. The kernels ask it themselves.
void check_winograd(Shape, int64_t points);
// Those, `most` of them for a tile, that need the fewest multiplications for images of this size.
int64_t winograd_points(int64_t height, int64_t width, int64_t most);
// The weights as the products want them, points · inputs · outputs numbers: for the convolution itself, or for its gradient by
// the input, which is a convolution with the weights turned around and inputs and outputs exchanged.
template <typename T>
void winograd_weights(Parallel, const float* weight, Shape, int64_t points, bool turned, T* packed);
// y = x ∗ w; `packed` as above. For the gradient by the input, exchange inputs and outputs in the shape.
template <typename T>
void winograd_forward(Parallel, const T* x, const T* packed, Shape, int64_t points, Epilogue<T>, T* y);
// The gradient by the weights, [outputs, 3, 3, inputs]: by 36 points, or, where there are to be fewer, by 16.
template <typename T>
void winograd_by_weight(Parallel, const T* x, const T* gradient, Shape, int64_t points, float* by_weight);

// Batch normalisation over rows × channels numbers, plus a residual where there is one, then max(0, ·) where wanted.
// Channels must be a multiple of 16.
template <typename T>
struct Norm {
  int64_t rows, channels;
  const T* x;
  const T* residual;
  const float* weight;
  bool relu;
};
// As above.
void check_norm(int64_t rows, int64_t channels);
// Mean and variance (divided by rows) of each channel.
template <typename T>
void norm_statistics(Parallel, Norm<T>, float* mean, float* variance);
// y; `mean` and `inverse` = 1/√(variance + ε) of each channel.
template <typename T>
void norm_forward(Parallel, Norm<T>, const float* bias, const float* mean, const float* inverse, T* y);
// From the gradient by y: those by x, by the residual (where `by_residual` is not null), by weight and bias. `y` may be null where
// nothing was added before max(0, ·).
template <typename T>
void norm_backward(Parallel, Norm<T>, const float* bias, const T* y, const T* gradient, const float* mean, const float* inverse,
                   T* by_x, T* by_residual, float* by_weight, float* by_bias);

// Images of bytes, [images, channels, height, width].
struct Bytes {
  const uint8_t* pixels;
  int64_t channels, height, width;
};
// For each image of a batch, which row [images, height] and column [images, width] of its own each place shows; −1 is nothing.
struct Places {
  int64_t images, height, width;
  const int64_t *rows, *columns;
};
// The batch, channels last; `table` is what each byte is to the network, [channels, 256].
void gather(Parallel, Bytes, const int64_t* index, Places, const float* table, float* out);

}  // namespace mu
