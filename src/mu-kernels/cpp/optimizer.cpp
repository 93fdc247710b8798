// Update rules over all tensors at once, by ATen's fused kernels, which tch does not have.

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_sign.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>

#include "check.h"
#include "guard.h"

namespace {

using at::Tensor;
using namespace mu;

// Handles of tensors, as Rust has them.
struct List {
  const Tensor* const* at;
  int64_t count;
};

std::vector<Tensor> all(List list, const std::string& what) {
  TORCH_CHECK(list.count >= 0 && (list.at || list.count == 0), "there is no list of which each is a ", what);
  std::vector<Tensor> out;
  for (int64_t i = 0; i < list.count; ++i) {
    out.push_back(check::given(list.at[i], what + " " + std::to_string(i)));
  }
  return out;
}

// Whether there is one for each parameter, of its sizes, its element type and its device.
void belong(const std::vector<Tensor>& tensors, const std::string& what, const std::vector<Tensor>& parameters) {
  TORCH_CHECK(tensors.size() == parameters.size(), "there must be a ", what, " for each parameter: of ", parameters.size(), " there are ",
              tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto name = what + " " + std::to_string(i);
    check::has_sizes(tensors[i], name, parameters[i].sizes());
    check::is_of(tensors[i], name, {parameters[i].scalar_type()});
    check::is_beside(tensors[i], name, parameters[i]);
  }
}

std::vector<Tensor> parameters_of(List list) {
  auto own = all(list, "parameter");
  for (size_t i = 0; i < own.size(); ++i) {
    const auto name = "parameter " + std::to_string(i);
    check::is_real(own[i], name);
    TORCH_CHECK(own[i].is_non_overlapping_and_dense(), name, " must fill its memory, not have strides ", own[i].strides());
  }
  return own;
}

// The same numbers in the order of a parameter's memory.
Tensor laid_like(const Tensor& parameter, const Tensor& tensor) { return at::empty_like(parameter).copy_(tensor); }

}  // namespace

extern "C" {

// v ← momentum · v + g + decay · θ, θ ← θ − lr · v of all tensors in one pass; without momentum there is no v.
char* mu_sgd(List parameters, List gradients, List velocities, double lr, double momentum, double decay) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    const auto own = parameters_of(parameters);
    auto along = all(gradients, "gradient");
    belong(along, "gradient", own);
    std::vector<Tensor> kept, moving;
    if (momentum != 0) {
      kept = all(velocities, "velocity");
      belong(kept, "velocity", own);
    }
    // The kernel goes through memory, whatever the strides say.
    for (size_t i = 0; i < own.size(); ++i) {
      if (along[i].strides() != own[i].strides()) along[i] = laid_like(own[i], along[i]);
    }
    moving = kept;
    for (size_t i = 0; i < kept.size(); ++i) {
      if (kept[i].strides() != own[i].strides()) moving[i] = laid_like(own[i], kept[i]);
    }
    at::_fused_sgd_(own, along, moving, decay, momentum, lr, 0.0, false, false, false);
    for (size_t i = 0; i < kept.size(); ++i) {
      if (!moving[i].is_same(kept[i])) kept[i].copy_(moving[i]);
    }
  });
}

// θ ← θ − lr · sign(g) of all tensors.
char* mu_sign_sgd(List parameters, List gradients, double lr) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    const auto own = parameters_of(parameters);
    const auto along = all(gradients, "gradient");
    belong(along, "gradient", own);
    at::_foreach_add_(own, at::_foreach_sign(along), -lr);
  });
}
}
