// The instructions that `vector.h` and the kernels use, in plain C++: tests run the kernels with it on any processor, and under
// sanitizers, which then see each element's own read and write. Rounding is that of the instructions, but for sums of two products of
// bfloat16, whose order Intel leaves open.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace mu {
namespace {

typedef float __m512 __attribute__((vector_size(64)));
typedef long long __m512i __attribute__((vector_size(64)));
typedef long long __m256i __attribute__((vector_size(32)));
typedef short __m512bh __attribute__((vector_size(64)));
typedef uint16_t __mmask16;
constexpr int _CMP_GT_OQ = 30;

// A vector as so many elements, and back.
template <typename E, typename Vector>
struct Lanes {
  static constexpr int COUNT = sizeof(Vector) / sizeof(E);
  E at[COUNT];
  Lanes() = default;
  Lanes(Vector v) { memcpy(at, &v, sizeof v); }
  operator Vector() const {
    Vector v;
    memcpy(&v, at, sizeof v);
    return v;
  }
};
using Floats = Lanes<float, __m512>;
using Words = Lanes<uint16_t, __m512i>;
using Ints = Lanes<uint32_t, __m512i>;
using Longs = Lanes<uint64_t, __m512i>;

template <typename Vector>
Vector read(const void* from) {
  Vector v;
  memcpy(&v, from, sizeof v);
  return v;
}

inline __m512 _mm512_loadu_ps(const void* from) { return read<__m512>(from); }
inline __m512i _mm512_loadu_si512(const void* from) { return read<__m512i>(from); }
inline __m256i _mm256_loadu_si256(const __m256i* from) { return read<__m256i>(from); }
inline void _mm512_storeu_ps(void* to, __m512 v) { memcpy(to, &v, sizeof v); }
inline void _mm512_storeu_si512(void* to, __m512i v) { memcpy(to, &v, sizeof v); }
inline void _mm256_storeu_si256(__m256i* to, __m256i v) { memcpy(static_cast<void*>(to), &v, sizeof v); }
inline void _mm512_store_si512(void* to, __m512i v) {
  if (reinterpret_cast<uintptr_t>(to) % 64 != 0) abort();  // as the processor does
  memcpy(to, &v, sizeof v);
}

inline __m512 _mm512_set1_ps(float x) {
  Floats out;
  for (float& lane : out.at) lane = x;
  return out;
}
inline __m512 _mm512_setzero_ps() { return _mm512_set1_ps(0); }
inline __m512i _mm512_set1_epi32(int32_t x) {
  Ints out;
  for (uint32_t& lane : out.at) lane = uint32_t(x);
  return out;
}
// From the last lane to the first.
template <typename... E>
__m512i _mm512_set_epi16(E... e) {
  const int given[] = {e...};
  Words out;
  for (int i = 0; i < 32; ++i) out.at[i] = uint16_t(given[31 - i]);
  return out;
}
template <typename... E>
__m512i _mm512_setr_epi64(E... e) {
  const int given[] = {e...};
  Longs out;
  for (int i = 0; i < 8; ++i) out.at[i] = uint64_t(given[i]);
  return out;
}

inline __m512 _mm512_mul_ps(__m512 a, __m512 b) { return a * b; }
inline __m512 _mm512_fmadd_ps(__m512 a, __m512 b, __m512 c) {
  const Floats x = a, y = b, z = c;
  Floats out;
  for (int i = 0; i < 16; ++i) out.at[i] = std::fma(x.at[i], y.at[i], z.at[i]);
  return out;
}
// The second one, where one of them is not a number.
inline __m512 _mm512_max_ps(__m512 a, __m512 b) {
  const Floats x = a, y = b;
  Floats out;
  for (int i = 0; i < 16; ++i) out.at[i] = x.at[i] > y.at[i] ? x.at[i] : y.at[i];
  return out;
}
inline __mmask16 _mm512_cmp_ps_mask(__m512 a, __m512 b, int what) {
  if (what != _CMP_GT_OQ) abort();
  const Floats x = a, y = b;
  unsigned mask = 0;
  for (int i = 0; i < 16; ++i) mask |= unsigned(x.at[i] > y.at[i]) << i;
  return __mmask16(mask);
}
inline __m512 _mm512_maskz_mov_ps(__mmask16 mask, __m512 v) {
  Floats out = v;
  for (int i = 0; i < 16; ++i) {
    if (!(mask >> i & 1)) out.at[i] = 0;
  }
  return out;
}

inline __m512 _mm512_castsi512_ps(__m512i v) { return (__m512)v; }
inline __m512i _mm512_slli_epi32(__m512i v, unsigned by) {
  Ints out = v;
  for (uint32_t& lane : out.at) lane <<= by;
  return out;
}
inline __m512i _mm512_cvtepu16_epi32(__m256i v) {
  const Lanes<uint16_t, __m256i> in = v;
  Ints out;
  for (int i = 0; i < 16; ++i) out.at[i] = in.at[i];
  return out;
}

// To the nearest, of two as near to the even one; what is too small for a normal number is zero.
inline uint16_t shortened(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  if (std::isnan(x)) return uint16_t(bits >> 16 | 0x40);
  if ((bits & 0x7f800000) == 0) return uint16_t(bits >> 16 & 0x8000);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
inline float lengthened(uint16_t x) {
  const uint32_t bits = uint32_t(x) << 16;
  float out;
  memcpy(&out, &bits, 4);
  return (bits & 0x7f800000) == 0 ? 0 : out;
}
inline __m256i _mm512_cvtneps_pbh(__m512 v) {
  const Floats in = v;
  Lanes<uint16_t, __m256i> out;
  for (int i = 0; i < 16; ++i) out.at[i] = shortened(in.at[i]);
  return out;
}
// `b` comes first.
inline __m512i _mm512_cvtne2ps_pbh(__m512 a, __m512 b) {
  const Floats second = a, first = b;
  Words out;
  for (int i = 0; i < 16; ++i) {
    out.at[i] = shortened(first.at[i]);
    out.at[16 + i] = shortened(second.at[i]);
  }
  return out;
}
inline __m512 _mm512_dpbf16_ps(__m512 sum, __m512bh a, __m512bh b) {
  const Words x = (__m512i)a, y = (__m512i)b;
  Floats out = sum;
  for (int i = 0; i < 16; ++i) {
    out.at[i] = std::fma(lengthened(x.at[2 * i + 1]), lengthened(y.at[2 * i + 1]), out.at[i]);
    out.at[i] = std::fma(lengthened(x.at[2 * i]), lengthened(y.at[2 * i]), out.at[i]);
  }
  return out;
}

inline __m512i _mm512_castsi256_si512(__m256i v) {
  __m512i out = {};
  memcpy(&out, &v, sizeof v);
  return out;
}
inline __m512i _mm512_inserti64x4(__m512i whole, __m256i half, int where) {
  memcpy(reinterpret_cast<char*>(&whole) + 32 * where, &half, sizeof half);
  return whole;
}
inline __m512i _mm512_permutexvar_epi16(__m512i index, __m512i v) {
  const Words from = v, at = index;
  Words out;
  for (int i = 0; i < 32; ++i) out.at[i] = from.at[at.at[i] % 32];
  return out;
}
inline __m512i _mm512_permutex2var_epi64(__m512i a, __m512i index, __m512i b) {
  const Longs first = a, second = b, at = index;
  Longs out;
  for (int i = 0; i < 8; ++i) out.at[i] = (at.at[i] & 8 ? second : first).at[at.at[i] % 8];
  return out;
}
// Within each sixteen bytes, the lower or the upper halves of both, in turn.
template <typename L>
L unpacked(L a, L b, int half) {
  constexpr int EACH = 16 / sizeof(a.at[0]);
  L out;
  for (int i = 0; i < L::COUNT; i += EACH) {
    for (int j = 0; j < EACH / 2; ++j) {
      out.at[i + 2 * j] = a.at[i + half * EACH / 2 + j];
      out.at[i + 2 * j + 1] = b.at[i + half * EACH / 2 + j];
    }
  }
  return out;
}
inline __m512i _mm512_unpacklo_epi32(__m512i a, __m512i b) { return unpacked<Ints>(a, b, 0); }
inline __m512i _mm512_unpackhi_epi32(__m512i a, __m512i b) { return unpacked<Ints>(a, b, 1); }
inline __m512i _mm512_unpacklo_epi64(__m512i a, __m512i b) { return unpacked<Longs>(a, b, 0); }
inline __m512i _mm512_unpackhi_epi64(__m512i a, __m512i b) { return unpacked<Longs>(a, b, 1); }

}  // namespace
}  // namespace mu
