// What a tensor must be before its memory is read as it lies. Each error names the tensor, what it must be and what it is instead.
#pragma once

#include <initializer_list>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

namespace mu::check {

using at::Tensor;

// What a handle points to; it has elements that lie in memory by strides.
inline const Tensor& given(const Tensor* tensor, const std::string& name) {
  TORCH_CHECK(tensor && tensor->defined(), "nothing was given as ", name);
  TORCH_CHECK(tensor->layout() == at::kStrided, name, " must be a dense tensor, not ", tensor->layout());
  return *tensor;
}

inline void is_of(const Tensor& tensor, const std::string& name, std::initializer_list<at::ScalarType> kinds) {
  for (auto kind : kinds) {
    if (tensor.scalar_type() == kind) return;
  }
  std::string all;
  for (auto kind : kinds) all += (all.empty() ? "" : " or ") + std::string(c10::toString(kind));
  TORCH_CHECK(false, name, " must be ", all, ", not ", tensor.scalar_type());
}

inline void is_real(const Tensor& tensor, const std::string& name) {
  TORCH_CHECK(tensor.is_floating_point(), name, " must be of real numbers, not ", tensor.scalar_type());
}

inline void is_on_cpu(const Tensor& tensor, const std::string& name) {
  TORCH_CHECK(tensor.device().is_cpu(), name, " must be in main memory, not on ", tensor.device());
}

inline void is_beside(const Tensor& tensor, const std::string& name, const Tensor& other) {
  TORCH_CHECK(tensor.device() == other.device(), name, " must be on ", other.device(), ", not on ", tensor.device());
}

inline void has_axes(const Tensor& tensor, const std::string& name, int64_t count) {
  TORCH_CHECK(tensor.dim() == count, name, " must have ", count, " axes, not ", tensor.dim());
}

inline void has_sizes(const Tensor& tensor, const std::string& name, at::IntArrayRef sizes) {
  TORCH_CHECK(tensor.sizes() == sizes, name, " must have sizes ", sizes, ", not ", tensor.sizes());
}

inline void is_contiguous(const Tensor& tensor, const std::string& name) {
  TORCH_CHECK(tensor.is_contiguous(), name, " must be contiguous, not of strides ", tensor.strides());
}

}  // namespace mu::check
