// For processors other than x86-64: there are no kernels, and nobody calls them.

#include <cstdlib>

#include "kernels.h"

namespace mu {

template <typename T>
void winograd_weights(Parallel, const float*, Shape, int64_t, bool, T*) { abort(); }
template <typename T>
void winograd_forward(Parallel, const T*, const T*, Shape, int64_t, Epilogue<T>, T*) { abort(); }
template <typename T>
void winograd_by_weight(Parallel, const T*, const T*, Shape, int64_t, float*) { abort(); }
template <typename T>
void norm_statistics(Parallel, Norm<T>, float*, float*) { abort(); }
template <typename T>
void norm_forward(Parallel, Norm<T>, const float*, const float*, const float*, T*) { abort(); }
template <typename T>
void norm_backward(Parallel, Norm<T>, const float*, const T*, const T*, const float*, const float*, T*, T*, float*, float*) { abort(); }

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
