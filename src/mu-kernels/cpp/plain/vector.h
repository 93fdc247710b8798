// Sixteen floats at a time. Only for files that are compiled for AVX-512, or in tests with MU_EMULATE.
#pragma once

#ifdef MU_EMULATE
#include "emulated.h"
#else
// GCC 12 finds its own header to use what is not initialised (its bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#include "kernels.h"

// Of functions and lambdas whose loops must unroll into registers.
#define MU_INLINE __attribute__((always_inline))

namespace mu {
namespace {

using V = __m512;

inline V load(const float* from) { return _mm512_loadu_ps(from); }
inline V load(const bf16* from) {
  __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}
inline __m256i rounded(V v) { return (__m256i)_mm512_cvtneps_pbh(v); }
inline void store(float* to, V v) { _mm512_storeu_ps(to, v); }
inline void store(bf16* to, V v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), rounded(v)); }

// How many numbers one lane of a product takes at once.
template <typename T>
constexpr int64_t GROUP = 1;
template <>
constexpr int64_t GROUP<bf16> = 2;

}  // namespace
}  // namespace mu
