// Convolutions and batch normalisation with their gradients, by our kernels where those serve and by ATen elsewhere. tch has no
// custom autograd functions, no `convolution_backward` and no memory formats. Weights stay in float; activations are in the
// element type of what comes in, float or bfloat16.

#include <optional>
#include <vector>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "check.h"
#include "guard.h"
#include "plain/kernels.h"
#include "threads.h"

namespace {

using namespace mu;
using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Maybe = std::optional<Tensor>;

constexpr auto LAST = at::MemoryFormat::ChannelsLast;

// Calls f with a value of the element type of a tensor.
template <typename F>
auto typed(const Tensor& like, F f) {
  check::is_of(like, "a tensor of our kernels", {at::kFloat, at::kBFloat16});
  return like.scalar_type() == at::kBFloat16 ? f(mu::bf16{}) : f(float{});
}

bool is_served(const Tensor& x) {
  return x.device().is_cpu() && x.layout() == at::kStrided && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

// What our kernels read as images: [batch, channels, height, width].
void are_images(const Tensor& x, const std::string& name) {
  check::is_on_cpu(x, name);
  check::is_of(x, name, {at::kFloat, at::kBFloat16});
  check::has_axes(x, name, 4);
}

// What they read as numbers of channels or as weights.
void are_floats(const Tensor& x, const std::string& name, at::IntArrayRef sizes) {
  check::is_on_cpu(x, name);
  check::is_of(x, name, {at::kFloat});
  check::has_sizes(x, name, sizes);
}

void has_kernels() { TORCH_CHECK(mu::processor_fits(), "this processor lacks the instructions of mu's kernels"); }

Tensor last(const Tensor& t) { return t.contiguous(LAST); }

// A convolution's sizes.
struct Sizes {
  int64_t stride, padding, groups;
};

// Tile units multiply bfloat16 eight times as fast as the vectors that our kernels are made of: there a direct convolution wins.
bool by_winograd(const Tensor& x, const Tensor& weight, Sizes s) {
  if (!mu::processor_fits() || (x.scalar_type() == at::kBFloat16 && mu::has_tiles())) return false;
  const bool small = weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 && s.stride == 1 && s.padding == 1 && s.groups == 1;
  return small && is_served(x) && is_served(weight) && weight.scalar_type() == at::kFloat && weight.size(0) % 16 == 0 && weight.size(1) % 16 == 0;
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
      return winograd(x, packed(x, w, false), shape(x, w), bias ? bias->contiguous() : Tensor(), {}, false);
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
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& scale, const Tensor& shift,
                        Tensor running_mean, Tensor running_variance, const Maybe& residual, double momentum, double epsilon,
                        bool relu) {
    const auto x = last(input), weight = scale.contiguous(), bias = shift.contiguous();
    const auto beside = residual ? last(residual->to(x.scalar_type())) : Tensor();
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    auto mean = at::empty_like(weight), variance = at::empty_like(weight);
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

// A convolution's tensors fit each other, whichever way it is computed.
void check_convolution(const Tensor& x, const Tensor& weight, const Maybe& bias, Sizes s) {
  check::is_real(x, "the input");
  check::has_axes(x, "the input", 4);
  check::is_real(weight, "the weight");
  check::has_axes(weight, "the weight", 4);
  check::is_beside(weight, "the weight", x);
  TORCH_CHECK(s.stride >= 1 && s.padding >= 0 && s.groups >= 1, "there is no convolution of stride ", s.stride, ", padding ", s.padding,
              " and ", s.groups, " groups");
  TORCH_CHECK(weight.size(0) % s.groups == 0 && x.size(1) == weight.size(1) * s.groups, "the weight ", weight.sizes(), " in ", s.groups,
              " groups does not fit an input of ", x.size(1), " channels");
  for (int64_t axis : {2, 3}) {
    TORCH_CHECK(weight.size(axis) >= 1 && x.size(axis) + 2 * s.padding >= weight.size(axis), "the weight ", weight.sizes(),
                " is larger than the input ", x.sizes(), " with a padding of ", s.padding);
  }
  if (bias) {
    check::is_of(*bias, "the bias", {weight.scalar_type()});
    check::is_beside(*bias, "the bias", x);
    check::has_sizes(*bias, "the bias", {weight.size(0)});
  }
}

// A tensor that may be absent.
Maybe optional(const Tensor* t, const std::string& name) { return t ? Maybe(check::given(t, name)) : std::nullopt; }

}  // namespace

extern "C" {

// Whether a convolution goes by Winograd's algorithm.
char* mu_is_winograd(const Tensor* x, const Tensor* weight, int64_t stride, int64_t padding, int64_t groups, int* out) {
  return guarded([&] {
    const auto& w = check::given(weight, "the weight");
    check::has_axes(w, "the weight", 4);
    *out = by_winograd(check::given(x, "the input"), w, {stride, padding, groups});
  });
}

char* mu_convolution(const Tensor* input, const Tensor* weights, const Tensor* biases, int64_t stride, int64_t padding, int64_t groups,
                     int fast, Tensor** out) {
  return guarded([&] {
    const auto &x = check::given(input, "the input"), &weight = check::given(weights, "the weight");
    const auto bias = optional(biases, "the bias");
    check_convolution(x, weight, bias, {stride, padding, groups});
    *out = new Tensor(Convolution::apply(x, weight, bias, stride, padding, groups, fast != 0));
  });
}

// relu(norm(x) + residual) over the batch; `tensors`: weight, bias, running mean and variance.
char* mu_normalisation(const Tensor* input, const Tensor* residual, const Tensor* const* tensors, double momentum, double epsilon,
                       int relu, Tensor** out) {
  return guarded([&] {
    const auto& x = check::given(input, "the input");
    are_images(x, "the input");
    const int64_t channels = x.size(1);
    mu::check_norm(channels > 0 ? x.numel() / channels : 0, channels);
    const auto beside = optional(residual, "the residual");
    if (beside) {
      are_images(*beside, "the residual");
      check::has_sizes(*beside, "the residual", x.sizes());
    }
    TORCH_CHECK(tensors, "the layer's tensors are missing");
    constexpr const char* NAMES[] = {"the weight", "the bias", "the running mean", "the running variance"};
    for (int i = 0; i < 4; ++i) are_floats(check::given(tensors[i], NAMES[i]), NAMES[i], {channels});
    has_kernels();
    *out = new Tensor(Normalisation::apply(x, *tensors[0], *tensors[1], *tensors[2], *tensors[3], beside, momentum, epsilon, relu != 0));
  });
}

// Weights for `mu_convolution_folded`, once for many batches of images like `x`.
char* mu_pack(const Tensor* input, const Tensor* weights, Tensor** out) {
  return guarded([&] {
    const auto &x = check::given(input, "the input"), &weight = check::given(weights, "the weight");
    are_images(x, "the input");
    check::has_axes(weight, "the weight", 4);
    are_floats(weight, "the weight", {weight.size(0), x.size(1), 3, 3});
    mu::check_winograd(shape(x, weight), points_of(x, true));
    has_kernels();
    *out = new Tensor(packed(x, last(weight), false));
  });
}

// relu(x ∗ w + bias + residual) in evaluation, of packed weights.
char* mu_convolution_folded(const Tensor* input, const Tensor* weights, const Tensor* biases, const Tensor* residual, int relu,
                            Tensor** out) {
  return guarded([&] {
    const auto &x = check::given(input, "the input"), &w = check::given(weights, "the packed weight");
    are_images(x, "the input");
    check::is_on_cpu(w, "the packed weight");
    check::is_of(w, "the packed weight", {x.scalar_type()});
    check::has_axes(w, "the packed weight", 3);
    check::has_sizes(w, "the packed weight", {w.size(0), w.size(1), x.size(1)});
    check::is_contiguous(w, "the packed weight");
    const auto own = last(x);
    const mu::Shape s{own.size(0), own.size(2), own.size(3), own.size(1), w.size(1)};
    mu::check_winograd(s, w.size(0));
    const auto& bias = check::given(biases, "the bias");
    are_floats(bias, "the bias", {s.outputs});
    auto beside = optional(residual, "the residual");
    if (beside) {
      check::is_on_cpu(*beside, "the residual");
      check::is_of(*beside, "the residual", {x.scalar_type()});
      check::has_sizes(*beside, "the residual", {s.batch, s.outputs, s.height, s.width});
    }
    has_kernels();
    *out = new Tensor(winograd(own, w, s, bias.contiguous(), beside ? last(*beside) : Tensor(), relu != 0));
  });
}
}
