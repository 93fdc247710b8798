// Small matrix products of numbers that lie as they are needed, and memory for what lies between them. Only for files that are
// compiled for AVX-512.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>

#include "vector.h"

namespace mu {
namespace {

// Memory of a thread that is kept between calls.
template <int WHICH>
void* scratch(size_t bytes) {
  struct Owner {
    void* at = nullptr;
    size_t size = 0;
    ~Owner() { free(at); }
  };
  static thread_local Owner owner;
  if (owner.size < bytes) {
    free(owner.at);
    owner.at = nullptr;
    owner.size = 0;
    if (posix_memalign(&owner.at, 64, bytes) != 0) {
      owner.at = nullptr;
      throw std::bad_alloc();
    }
    owner.size = bytes;
  }
  return owner.at;
}

// The left side of a product: rows `row` apart, groups `step` apart for `together` of them, then `jump` to the next ones.
template <typename T>
struct Left {
  const T* at;
  int64_t row, step, together, jump;
};

// c[ROWS, 16 · WIDE] (+)= Σ over groups of a[ROWS, group] · b[group, 16 · WIDE]; rows of c lie `ldc` apart, its vectors of sixteen
// `next`.
template <typename T, int ROWS, int WIDE>
MU_INLINE inline void product(Left<T> left, const T* b, int64_t groups, float* c, int64_t ldc, int64_t next, bool add) {
  const int64_t row = left.row, step = left.step;
  V acc[ROWS][WIDE];
#pragma GCC unroll 16
  for (int m = 0; m < ROWS; ++m) {
#pragma GCC unroll 2
    for (int n = 0; n < WIDE; ++n) acc[m][n] = add ? load(c + m * ldc + next * n) : _mm512_setzero_ps();
  }
  for (; groups > 0; groups -= left.together, left.at += left.jump) {
    const T* a = left.at;
    for (int64_t g = groups < left.together ? groups : left.together; g > 0; --g) {
      if constexpr (sizeof(T) == 2) {
        __m512bh right[WIDE];
#pragma GCC unroll 2
        for (int n = 0; n < WIDE; ++n) right[n] = (__m512bh)_mm512_loadu_si512(b + 32 * n);
#pragma GCC unroll 16
        for (int m = 0; m < ROWS; ++m) {
          int32_t pair;
          memcpy(&pair, a + m * row, 4);
          const __m512bh own = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 2
          for (int n = 0; n < WIDE; ++n) acc[m][n] = _mm512_dpbf16_ps(acc[m][n], own, right[n]);
        }
      } else {
        V right[WIDE];
#pragma GCC unroll 2
        for (int n = 0; n < WIDE; ++n) right[n] = load(b + 16 * n);
#pragma GCC unroll 16
        for (int m = 0; m < ROWS; ++m) {
          const V own = _mm512_set1_ps(a[m * row]);
#pragma GCC unroll 2
          for (int n = 0; n < WIDE; ++n) acc[m][n] = _mm512_fmadd_ps(own, right[n], acc[m][n]);
        }
      }
      a += step;
      b += 16 * WIDE * GROUP<T>;
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < ROWS; ++m) {
#pragma GCC unroll 2
    for (int n = 0; n < WIDE; ++n) store(c + m * ldc + next * n, acc[m][n]);
  }
}

// Two vectors of sixteen, paired: a0 b0 a1 b1 ….
inline __m512i paired(V a, V b) {
  const __m512i words = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4,
                                         19, 3, 18, 2, 17, 1, 16, 0);
  return _mm512_permutexvar_epi16(words, (__m512i)_mm512_cvtne2ps_pbh(b, a));
}

// Sixteen rows, which are sixteen numbers apart, of eight groups each, as eight columns.
template <typename T>
inline void transpose(const T* rows, __m512i (&columns)[8]) {
  __m512i r[8], pairs[8], fours[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + 16 * i));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + 16 * (i + 8)));
    r[i] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    pairs[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    pairs[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  // Of four rows each: columns 0 and 4, 1 and 5, 2 and 6, 3 and 7.
#pragma GCC unroll 2
  for (int half = 0; half < 8; half += 4) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      fours[half + 2 * i] = _mm512_unpacklo_epi64(pairs[half + i], pairs[half + 2 + i]);
      fours[half + 2 * i + 1] = _mm512_unpackhi_epi64(pairs[half + i], pairs[half + 2 + i]);
    }
  }
  const __m512i left = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), right = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    columns[i] = _mm512_permutex2var_epi64(fours[i], left, fours[4 + i]);
    columns[4 + i] = _mm512_permutex2var_epi64(fours[i], right, fours[4 + i]);
  }
}

}  // namespace
}  // namespace mu
