// For processors other than x86-64: there are no kernels, and `processor_fits` says so. Who calls them gets an error.

#include <stdexcept>

#include "kernels.h"

namespace mu {

[[noreturn]] static void none() { throw std::logic_error("there are no kernels for this processor"); }

template <typename T>
void winograd_weights(Parallel, const float*, Shape, int64_t, bool, T*) { none(); }
template <typename T>
void winograd_forward(Parallel, const T*, const T*, Shape, int64_t, Epilogue<T>, T*) { none(); }
template <typename T>
void winograd_by_weight(Parallel, const T*, const T*, Shape, int64_t, float*) { none(); }
template <typename T>
void norm_statistics(Parallel, Norm<T>, float*, float*) { none(); }
template <typename T>
void norm_forward(Parallel, Norm<T>, const float*, const float*, const float*, T*) { none(); }
template <typename T>
void norm_backward(Parallel, Norm<T>, const float*, const T*, const T*, const float*, const float*, T*, T*, float*, float*) { none(); }

#define MU_NONE(T)                                                                                            \
  template void winograd_weights<T>(Parallel, const float*, Shape, int64_t, bool, T*);                                 \
  template void winograd_forward<T>(Parallel, const T*, const T*, Shape, int64_t, Epilogue<T>, T*);                    \
  template void winograd_by_weight<T>(Parallel, const T*, const T*, Shape, int64_t, float*);                           \
  template void norm_statistics<T>(Parallel, Norm<T>, float*, float*);                                        \
  template void norm_forward<T>(Parallel, Norm<T>, const float*, const float*, const float*, T*);             \
  template void norm_backward<T>(Parallel, Norm<T>, const float*, const T*, const T*, const float*, const float*, T*, T*, float*,   \
                                 float*);
MU_NONE(float)
MU_NONE(bf16)

}  // namespace mu
