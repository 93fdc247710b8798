// Winograd's minimal filtering of three taps along one axis (Lavin and Gray, arXiv 1509.09308): M outputs of N = M + 2 inputs by N
// multiplications instead of 3 · M. Only for files that are compiled for AVX-512.
//
// y = Aᵀ[(G g) ⊙ (Bᵀ d)] interpolates at N − 1 points and infinity. For M = 4 the points are 0, ±√½, ±√2: their powers are nearer to one
// than those of the usual 0, ±1, ±2, which halves the error (Alam et al., "Winograd Convolution for Deep Neural Networks:
// Efficient Point Selection", arXiv 2201.10369).
#pragma once

#include "vector.h"

namespace mu {
namespace {

inline V times(float by, V v) { return _mm512_mul_ps(_mm512_set1_ps(by), v); }
// by · v + more
inline V along(float by, V v, V more) { return _mm512_fmadd_ps(_mm512_set1_ps(by), v, more); }

template <int M>
struct Filter;

template <>
struct Filter<2> {
  static constexpr int N = 4;
  // Twins, rows that are made of the same ones, stand beside each other.
  static constexpr int ORDER[N] = {0, 3, 1, 2};

  static void input(const V (&d)[N], V (&v)[N]) {
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[1] - d[3];
  }
  static void weight(const V (&g)[3], V (&u)[N]) {
    u[0] = g[0];
    u[1] = times(0.5f, g[0] + g[1] + g[2]);
    u[2] = times(0.5f, g[0] - g[1] + g[2]);
    u[3] = g[2];
  }
  static void output(const V (&m)[N], V (&y)[2]) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
  }
  // A y.
  static void gradient(const V (&y)[2], V (&z)[N]) {
    z[0] = y[0];
    z[1] = y[0] + y[1];
    z[2] = y[0] - y[1];
    z[3] = _mm512_setzero_ps() - y[1];
  }
  // Gᵀ u.
  static void by_weight(const V (&u)[N], V (&g)[3]) {
    const V sum = times(0.5f, u[1] + u[2]);
    g[0] = u[0] + sum;
    g[1] = times(0.5f, u[1] - u[2]);
    g[2] = sum + u[3];
  }
};

template <>
struct Filter<4> {
  static constexpr int N = 6;
  static constexpr float R = 0.70710678118654752f, S = 1.41421356237309505f;  // √½, √2
  static constexpr int ORDER[N] = {0, 5, 1, 2, 3, 4};

  static void input(const V (&d)[N], V (&v)[N]) {
    v[0] = along(-2.5f, d[2], d[0] + d[4]);
    v[5] = along(-2.5f, d[3], d[1] + d[5]);
    V even = along(-2, d[2], d[4]), odd = along(R, d[3], times(-S, d[1]));
    v[1] = even + odd;
    v[2] = even - odd;
    even = along(-0.5f, d[2], d[4]), odd = along(S, d[3], times(-R, d[1]));
    v[3] = even + odd;
    v[4] = even - odd;
  }
  static void weight(const V (&g)[3], V (&u)[N]) {
    constexpr float NEAR = -2.0f / 3, FAR = 1.0f / 6;  // 1 / Π (p − q) over the other points q
    u[0] = g[0];
    u[5] = g[2];
    V even = times(NEAR, along(0.5f, g[2], g[0])), odd = times(NEAR * R, g[1]);
    u[1] = even + odd;
    u[2] = even - odd;
    even = times(FAR, along(2, g[2], g[0])), odd = times(FAR * S, g[1]);
    u[3] = even + odd;
    u[4] = even - odd;
  }
  static void output(const V (&m)[N], V (&y)[4]) {
    const V near = m[1] + m[2], far = m[3] + m[4], left = m[1] - m[2], right = m[3] - m[4];
    y[0] = m[0] + near + far;
    y[1] = along(R, left, times(S, right));
    y[2] = along(0.5f, near, times(2, far));
    y[3] = along(0.5f * R, left, along(2 * S, right, m[5]));
  }
  static void gradient(const V (&y)[4], V (&z)[N]) {
    z[0] = y[0];
    z[5] = y[3];
    V even = along(0.5f, y[2], y[0]), odd = times(R, along(0.5f, y[3], y[1]));
    z[1] = even + odd;
    z[2] = even - odd;
    even = along(2, y[2], y[0]), odd = times(S, along(2, y[3], y[1]));
    z[3] = even + odd;
    z[4] = even - odd;
  }
  static void by_weight(const V (&u)[N], V (&g)[3]) {
    constexpr float NEAR = -2.0f / 3, FAR = 1.0f / 6;
    const V near = times(NEAR, u[1] + u[2]), far = times(FAR, u[3] + u[4]);
    g[0] = u[0] + near + far;
    g[1] = along(NEAR * R, u[1] - u[2], times(FAR * S, u[3] - u[4]));
    g[2] = along(0.5f, near, along(2, far, u[5]));
  }
};

}  // namespace
}  // namespace mu
