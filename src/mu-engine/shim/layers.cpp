// Convolutions and batch normalisation with their gradients, by our kernels where those serve and by ATen elsewhere. tch has no
// custom autograd functions, no `convolution_backward` and no memory formats. Weights stay in float; activations are in the
// element type of what comes in, float or bfloat16.

#include <atomic>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "guard.h"
#include "kernels.h"

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Maybe = std::optional<Tensor>;

constexpr auto LAST = at::MemoryFormat::ChannelsLast;

// The threads of libtorch take one task after the other.
void on_threads(int64_t n, void (*task)(void*, int64_t), void* self) {
  std::atomic<int64_t> next{0};
  at::parallel_for(0, std::min<int64_t>(n, at::get_num_threads()), 1, [&](int64_t from, int64_t to) {
    for (int64_t worker = from; worker < to; ++worker) {
      for (int64_t i = next++; i < n; i = next++) task(self, i);
    }
  });
}

template <typename T>
T* numbers(const Tensor& t) {
  return t.defined() ? static_cast<T*>(t.data_ptr()) : nullptr;
}

// Calls f with a value of the element type of a tensor.
template <typename F>
auto typed(const Tensor& like, F f) {
  return like.scalar_type() == at::kBFloat16 ? f(mu::bf16{}) : f(float{});
}

bool is_served(const Tensor& x) {
  return x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

Tensor last(const Tensor& t) { return t.contiguous(LAST); }

// A convolution's sizes.
struct Sizes {
  int64_t stride, padding, groups;
};

// Tile units multiply bfloat16 eight times as fast as the vectors that our kernels are made of: there a direct convolution wins.
bool by_winograd(const Tensor& x, const Tensor& weight, Sizes s) {
  if (!mu::processor_fits() || (x.scalar_type() == at::kBFloat16 && mu::has_tiles())) return false;
  const bool small = weight.size(2) == 3 && weight.size(3) == 3 && s.stride == 1 && s.padding == 1 && s.groups == 1;
  return small && is_served(x) && weight.scalar_type() == at::kFloat && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0;
}

// From how many points its tiles are made. More save more, and round more: with eight bits that shows in what a layer says, but not
// in gradients, which are far noisier from batch to batch.
int64_t points_of(const Tensor& x, bool says) {
  const bool few = says && x.scalar_type() == at::kBFloat16;
  return mu::winograd_points(x.size(2), x.size(3), few ? 24 : 36);
}

mu::Shape shape(const Tensor& x, const Tensor& weight) {
  return {x.size(0), x.size(2), x.size(3), weight.size(1), weight.size(0)};
}

// Weights [points, outputs, inputs] for images like `x`; for the gradient by the input where `turned`.
Tensor packed(const Tensor& x, const Tensor& weight, bool turned) {
  const int64_t points = points_of(x, !turned);
  auto out = at::empty({points, weight.size(0), weight.size(1)}, x.options());
  typed(x, [&](auto element) {
    using T = decltype(element);
    mu::winograd_weights<T>(on_threads, numbers<float>(weight), shape(x, weight), points, turned, numbers<T>(out));
  });
  return out;
}

Tensor winograd(const Tensor& x, const Tensor& weights, mu::Shape s, const Tensor& bias, const Tensor& residual, bool relu) {
  auto y = at::empty({s.batch, s.outputs, s.height, s.width}, x.options().memory_format(LAST));
  typed(x, [&](auto element) {
    using T = decltype(element);
    mu::winograd_forward<T>(on_threads, numbers<T>(x), numbers<T>(weights), s, weights.size(0),
                            {numbers<float>(bias), numbers<T>(residual), relu}, numbers<T>(y));
  });
  return y;
}

// The gradient by the weights as one product of the gradient with the inputs' patches: where images are small, oneDNN's own takes
// up to three times as long.
Tensor by_patches(const Tensor& x, const Tensor& gradient, const Tensor& weight, Sizes s) {
  const int64_t b = x.size(0), c = x.size(1), side = weight.size(2), outputs = weight.size(0);
  const int64_t down = gradient.size(2), across = gradient.size(3);
  auto whole = s.padding > 0 ? at::constant_pad_nd(x, {s.padding, s.padding, s.padding, s.padding}) : x;
  whole = last(whole).permute({0, 2, 3, 1});
  const int64_t width = whole.size(2) * c, image = whole.size(1) * width;
  auto patches = whole.as_strided({b, down, across, side, side * c}, {image, s.stride * width, s.stride * c, width, 1});
  auto rows = patches.reshape({b * down * across, side * side * c});
  auto moved = last(gradient).permute({0, 2, 3, 1}).reshape({b * down * across, outputs});
  return moved.t().mm(rows).view({outputs, side, side, c}).permute({0, 3, 1, 2});
}

struct Convolution : torch::autograd::Function<Convolution> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Maybe& bias, int64_t stride,
                        int64_t padding, int64_t groups, bool fast) {
    const Sizes s{stride, padding, groups};
    context->saved_data["sizes"] = std::vector<int64_t>{stride, padding, groups};
    context->saved_data["fast"] = fast;
    context->saved_data["bias"] = bias.has_value();
    if (fast && by_winograd(input, weight, s)) {
      auto x = last(input), w = last(weight);
      context->save_for_backward({x, w});
      return winograd(x, packed(x, w, false), shape(x, w), bias.value_or(Tensor()), {}, false);
    }
    auto own = weight.to(input.scalar_type());
    context->save_for_backward({input, own});
    const auto added = bias ? Maybe(bias->to(input.scalar_type())) : std::nullopt;
    return at::conv2d(input, own, added, {stride, stride}, {padding, padding}, {1, 1}, groups);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &w = saved[1];
    const auto sizes = context->saved_data["sizes"].toIntVector();
    const Sizes s{sizes[0], sizes[1], sizes[2]};
    const bool fast = context->saved_data["fast"].toBool();
    const bool wants_x = context->needs_input_grad(0), wants_w = context->needs_input_grad(1);
    auto gradient = gradients[0];
    Tensor by_x, by_w, by_bias;
    if (fast && by_winograd(x, w, s)) {
      gradient = last(gradient.to(x.scalar_type()));
      if (wants_x) {
        auto turned = shape(x, w);
        std::swap(turned.inputs, turned.outputs);
        by_x = winograd(gradient, packed(x, w, true), turned, {}, {}, false);
      }
      if (wants_w) {
        by_w = at::empty(w.sizes(), w.options().memory_format(LAST));
        typed(x, [&](auto element) {
          using T = decltype(element);
          mu::winograd_by_weight<T>(on_threads, numbers<T>(x), numbers<T>(gradient), shape(x, w), points_of(x, false),
                                    numbers<float>(by_w));
        });
      }
    } else {
      const int64_t places = gradient.size(2) * gradient.size(3);
      const bool patches = fast && wants_w && x.device().is_cpu() && x.scalar_type() == at::kBFloat16 && s.groups == 1 &&
                           (places <= 16 || (s.stride > 1 && places <= 64));
      if (patches) by_w = by_patches(x, gradient, w, s);
      if (wants_x || (wants_w && !patches)) {
        auto [a, b, c] = at::convolution_backward(gradient, x, w, std::nullopt, {s.stride, s.stride}, {s.padding, s.padding},
                                                  {1, 1}, false, {0, 0}, s.groups, {wants_x, wants_w && !patches, false});
        by_x = a;
        if (!patches) by_w = b;
      }
      // Weights are float, or double with everything else.
      if (by_w.defined() && by_w.scalar_type() == at::kBFloat16) by_w = by_w.to(at::kFloat);
    }
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) {
      const auto kind = gradient.scalar_type() == at::kBFloat16 ? at::kFloat : gradient.scalar_type();
      by_bias = gradient.sum({0, 2, 3}, false, kind);
    }
    return {by_x, by_w, by_bias, {}, {}, {}, {}};
  }
};

struct Normalisation : torch::autograd::Function<Normalisation> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& bias,
                        Tensor running_mean, Tensor running_variance, const Maybe& residual, double momentum, double epsilon,
                        bool relu) {
    auto x = last(input);
    const auto beside = residual ? last(residual->to(x.scalar_type())) : Tensor();
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    auto mean = at::empty_like(running_mean), variance = at::empty_like(running_mean);
    auto y = at::empty_like(x);
    typed(x, [&](auto element) {
      using T = decltype(element);
      const mu::Norm<T> norm{rows, channels, numbers<T>(x), numbers<T>(beside), numbers<float>(weight), relu};
      mu::norm_statistics<T>(on_threads, norm, numbers<float>(mean), numbers<float>(variance));
      running_mean.lerp_(mean, momentum);
      running_variance.lerp_(variance * (double(rows) / double(std::max<int64_t>(rows - 1, 1))), momentum);
      const auto inverse = (variance + epsilon).rsqrt();
      mu::norm_forward<T>(on_threads, norm, numbers<float>(bias), numbers<float>(mean), numbers<float>(inverse), numbers<T>(y));
      context->save_for_backward({x, weight, bias, mean, inverse, relu && residual ? y : Tensor()});
    });
    context->saved_data["relu"] = relu;
    context->saved_data["residual"] = residual.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2], &mean = saved[3], &inverse = saved[4], &y = saved[5];
    auto gradient = last(gradients[0].to(x.scalar_type()));
    auto by_x = at::empty_like(x), by_weight = at::empty_like(weight), by_bias = at::empty_like(weight);
    const bool beside = context->saved_data["residual"].toBool() && context->needs_input_grad(5);
    const auto by_residual = beside ? at::empty_like(x) : Tensor();
    typed(x, [&](auto element) {
      using T = decltype(element);
      const int64_t channels = x.size(1);
      const mu::Norm<T> norm{x.numel() / channels, channels, numbers<T>(x), nullptr, numbers<float>(weight),
                             context->saved_data["relu"].toBool()};
      mu::norm_backward<T>(on_threads, norm, numbers<float>(bias), numbers<T>(y), numbers<T>(gradient), numbers<float>(mean),
                           numbers<float>(inverse), numbers<T>(by_x), numbers<T>(by_residual), numbers<float>(by_weight),
                           numbers<float>(by_bias));
    });
    return {by_x, by_weight, by_bias, {}, {}, by_residual, {}, {}, {}};
  }
};

Maybe given(const Tensor* t) { return t ? Maybe(*t) : std::nullopt; }

std::vector<Tensor> all(const Tensor* const* tensors, int64_t count) {
  std::vector<Tensor> out;
  for (int64_t i = 0; i < count; ++i) out.push_back(*tensors[i]);
  return out;
}

}  // namespace

extern "C" {

int mu_processor_fits() { return mu::processor_fits(); }

// Whether products of bfloat16 are faster than those of float: without such instructions they are emulated.
int mu_processor_has_bf16() { return mu::has_bf16(); }

// Whether a convolution goes by Winograd's algorithm.
int mu_is_winograd(const Tensor* x, const Tensor* weight, int64_t stride, int64_t padding, int64_t groups) {
  return by_winograd(*x, *weight, {stride, padding, groups});
}

char* mu_convolution(const Tensor* x, const Tensor* weight, const Tensor* bias, int64_t stride, int64_t padding, int64_t groups,
                     int fast, Tensor** out) {
  return guarded([&] {
    *out = new Tensor(Convolution::apply(*x, *weight, given(bias), stride, padding, groups, fast != 0));
  });
}

// relu(norm(x) + residual) over the batch; `tensors`: weight, bias, running mean and variance.
char* mu_normalisation(const Tensor* x, const Tensor* residual, const Tensor* const* tensors, double momentum, double epsilon,
                       int relu, Tensor** out) {
  return guarded([&] {
    *out = new Tensor(Normalisation::apply(*x, *tensors[0], *tensors[1], *tensors[2], *tensors[3], given(residual), momentum,
                                           epsilon, relu != 0));
  });
}

// Weights for `mu_convolution_folded`, once for many batches of images like `x`.
char* mu_pack(const Tensor* x, const Tensor* weight, Tensor** out) {
  return guarded([&] { *out = new Tensor(packed(*x, last(*weight), false)); });
}

// relu(x ∗ w + bias + residual) in evaluation, of packed weights.
char* mu_convolution_folded(const Tensor* x, const Tensor* weights, int64_t outputs, const Tensor* bias, const Tensor* residual,
                            int relu, Tensor** out) {
  return guarded([&] {
    auto own = last(*x);
    const mu::Shape s{own.size(0), own.size(2), own.size(3), own.size(1), outputs};
    *out = new Tensor(winograd(own, *weights, s, *bias, residual ? last(*residual) : Tensor(), relu != 0));
  });
}

// v ← momentum · v + g + decay · θ, θ ← θ − lr · v of all tensors in one pass; without momentum there is no v.
char* mu_sgd(const Tensor* const* parameters, const Tensor* const* gradients, const Tensor* const* velocities, int64_t count,
             double lr, double momentum, double decay) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    const auto own = all(parameters, count);
    auto along = all(gradients, count);
    // The kernel goes through memory, whatever the strides say.
    for (int64_t i = 0; i < count; ++i) {
      if (along[i].strides() != own[i].strides()) along[i] = at::empty_like(own[i]).copy_(along[i]);
    }
    at::_fused_sgd_(own, along, momentum != 0 ? all(velocities, count) : std::vector<Tensor>(), decay, momentum, lr, 0.0, false,
                    false, false);
  });
}

// θ ← θ − lr · sign(g) of all tensors.
char* mu_sign_sgd(const Tensor* const* parameters, const Tensor* const* gradients, int64_t count, double lr) {
  return guarded([&] {
    at::NoGradGuard no_grad;
    at::_foreach_add_(all(parameters, count), at::_foreach_sign(all(gradients, count)), -lr);
  });
}

// A batch [b, c, h, w], channels last, of bytes [n, c, H, W]: `index` [b], `rows` [b, h], `columns` [b, w], `table` [c, 256].
char* mu_gather(const Tensor* pixels, const Tensor* index, const Tensor* rows, const Tensor* columns, const Tensor* table,
                Tensor** out) {
  return guarded([&] {
    TORCH_CHECK(pixels->dim() == 4 && pixels->scalar_type() == at::kByte && pixels->is_contiguous(), "the images are no bytes");
    const int64_t b = index->numel(), n = pixels->size(0), c = pixels->size(1);
    const auto from = index->contiguous(), down = rows->contiguous(), across = columns->contiguous();
    if (b > 0) TORCH_CHECK(from.min().item<int64_t>() >= 0 && from.max().item<int64_t>() < n, "a sample is not in the data set");
    auto made = at::empty({b, c, down.size(1), across.size(1)}, table->options().memory_format(LAST));
    mu::gather(on_threads, {numbers<uint8_t>(*pixels), c, pixels->size(2), pixels->size(3)}, numbers<int64_t>(from),
               {b, down.size(1), across.size(1), numbers<int64_t>(down), numbers<int64_t>(across)}, numbers<float>(*table),
               numbers<float>(made));
    *out = new Tensor(made);
  });
}

// Calls task(self, i) for i in 0..n on libtorch's threads; what libtorch is asked to do within, it does on that thread alone.
char* mu_each(int64_t n, void (*task)(void*, int64_t), void* self) {
  return guarded([&] { on_threads(n, task, self); });
}

// What is global: the same bits every time, also on a GPU; floats are not shortened to TF32.
char* mu_settle() {
  return guarded([&] {
    auto& context = at::globalContext();
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
    context.setDeterministicAlgorithms(true, true);
    context.setDeterministicFillUninitializedMemory(false);
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
  });
}
}
