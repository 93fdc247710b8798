// Our kernels on libtorch's threads and on tensors' memory.
#pragma once

#include <algorithm>
#include <atomic>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

namespace mu {

// The threads of libtorch take one task after the other.
inline void on_threads(int64_t n, void (*task)(void*, int64_t), void* self) {
  std::atomic<int64_t> next{0};
  at::parallel_for(0, std::min<int64_t>(n, at::get_num_threads()), 1, [&](int64_t from, int64_t to) {
    for (int64_t worker = from; worker < to; ++worker) {
      for (int64_t i = next++; i < n; i = next++) task(self, i);
    }
  });
}

// The memory of a tensor; null where there is none. Who asks has checked what it is.
template <typename T>
T* numbers(const at::Tensor& t) {
  return t.defined() ? static_cast<T*>(t.data_ptr()) : nullptr;
}

}  // namespace mu
