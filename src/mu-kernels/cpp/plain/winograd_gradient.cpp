// The gradient of a 3 × 3 convolution by its weights, by Winograd's algorithm: Gᵀ[Σ over tiles of (Bᵀ d B) ⊙ (A dy Aᵀ)]G.

#include "tiles.h"

namespace mu {
namespace {

template <typename T, int M>
struct ByWeight {
  static constexpr int64_t N = M + 2, POINTS = N * N, G = GROUP<T>;
  static constexpr int64_t LEFT = 16, AT_ONCE = 8;  // outputs that lie together; those of a product
  const T *x, *gradient;
  Shape s;
  Tiles<M, M> tiles = Tiles<M, M>(s);
  int64_t C = s.inputs, K = s.outputs, wide = panel_of(C);
  // A task transforms two rows of points that are made of the same pixels, for some outputs and a part of the tiles, and
  // multiplies them: what a thread writes no other reads. The cut does not depend on the threads.
  int64_t outputs = K % 256 == 0 ? 256 : K;
  int64_t parts = C * K <= 128 * 128 ? 4 : C * K <= 256 * 256 ? 2 : 1;
  int64_t share = ((tiles.count + parts - 1) / parts + 1) / 2 * 2;
  int64_t tasks = N / 2 * (K / outputs) * parts;
  int64_t plane = C * K + APART;  // sums of a point, [outputs, inputs]

  // So many tiles at once that a second-level cache holds them transformed; where those are few, sums would go to and fro.
  int64_t most() const {
    const int64_t each = 2 * N * (C + outputs) * int64_t(sizeof(T));
    int64_t fit = (512 << 10) / each / 32 * 32;
    if (fit < 128) fit = (4 << 20) / each / 32 * 32;
    return fit < 64 ? 64 : fit > 512 ? 512 : fit;
  }

  // Transforms a group of tiles, seen through `windows`, to planes of [channels that lie together][group][channel][tile in it].
  template <int TWINS, int IN, int BEFORE>
  void lay(const Window<T, IN, IN, BEFORE>* windows, int64_t count, int64_t channels, int64_t together, T* to, int64_t plane, int64_t groups,
           int64_t group) const {
    auto place = [=](int64_t c) { return to + ((c / together * groups + group) * together + c % together) * G; };
    if constexpr (G == 1) {
      windows->look(0, channels, [place, plane](const auto& at, int64_t c) MU_INLINE {
        V v[2][N];
        rows<M, M, 2 * TWINS, 2, IN, IN>(at, v);
        T* own = place(c);
#pragma GCC unroll 12
        for (int point = 0; point < 2 * N; ++point, own = opaque(own + plane)) store(own, v[point / N][point % N]);
      });
      return;
    }
    for (int64_t c = 0; c < channels; c += 16) {
      V v[2][2][N];
      for (int64_t g = 0; g < count; ++g) {
        V(&own)[2][N] = v[g];
        windows[g].look(c, 16, [&own](const auto& at, int64_t) MU_INLINE { rows<M, M, 2 * TWINS, 2, IN, IN>(at, own); });
      }
      // An odd tile at the end has an empty one beside it.
      if (count < G) memset(v[1], 0, sizeof v[1]);
      T* own = place(c);
#pragma GCC unroll 12
      for (int point = 0; point < 2 * N; ++point, own = opaque(own + plane)) {
        _mm512_store_si512(own, paired(v[0][point / N][point % N], v[1][point / N][point % N]));
      }
    }
  }

  template <int TWINS>
  void task(int64_t first, int64_t part, float* sums) const {
    const int64_t begin = part * share, end = begin + share < tiles.count ? begin + share : tiles.count;
    const int64_t most = this->most();
    const int64_t seen_plane = most * C + APART, moved_plane = most * outputs + APART;
    T* seen = static_cast<T*>(scratch<3>(2 * N * (seen_plane + moved_plane) * sizeof(T)));
    T* moved = seen + 2 * N * seen_plane;
    for (int64_t from = begin; from < end || from == begin; from += most) {
      const int64_t count = from >= end ? 0 : end - from < most ? end - from : most;
      const int64_t groups = (count + G - 1) / G;
      for (int64_t group = 0; group < groups; ++group) {
        const int64_t tile = from + group * G, here = from + count - tile < G ? 1 : G;
        const Corner one(tiles, tile), other(tiles, tile + here - 1);
        const Window<T, N, N, 1> before[2] = {{x, s, C, one}, {x, s, C, other}};
        const Window<T, M, M, 0> own[2] = {{gradient + first, s, K, one}, {gradient + first, s, K, other}};
        lay<TWINS, N>(before, here, C, wide, seen, seen_plane, most / G, group);
        lay<TWINS, M>(own, here, outputs, LEFT, moved, moved_plane, most / G, group);
      }
      for (int64_t point = 0; point < 2 * N; ++point) {
        float* to = sums + (Filter<M>::ORDER[2 * TWINS + point / N] * N + point % N) * plane + first * C;
        for (int64_t c = 0; c < C; c += wide) {
          for (int64_t k = 0; k < outputs; k += AT_ONCE) {
            const T* at = moved + point * moved_plane + k / LEFT * LEFT * most + k % LEFT * G;
            const Left<T> left{at, G, LEFT * G, groups, 0};
            const T* right = seen + point * seen_plane + c * most;
            if (wide == 32) {
              product<T, AT_ONCE, 2>(left, right, groups, to + k * C + c, C, 16, from > begin);
            } else {
              product<T, AT_ONCE, 1>(left, right, groups, to + k * C + c, C, 16, from > begin);
            }
          }
        }
      }
    }
  }

  void run(Parallel parallel, float* by_weight) const {
    float* sums = static_cast<float*>(scratch<2>(parts * POINTS * plane * sizeof(float)));
    each(parallel, tasks, [&](int64_t number) {
      const int64_t twins = number % (N / 2), rest = number / (N / 2);
      const int64_t first = rest % (K / outputs) * outputs, part = rest / (K / outputs);
      float* own = sums + part * POINTS * plane;
      if (twins == 0) task<0>(first, part, own);
      if (twins == 1) task<1>(first, part, own);
      if constexpr (N == 6) {
        if (twins == 2) task<2>(first, part, own);
      }
    });
    each(parallel, K / 16, [&](int64_t block) {
      for (int64_t k = block * 16; k < (block + 1) * 16; ++k) {
        for (int64_t c = 0; c < C; c += 16) {
          V t[3][N];
#pragma GCC unroll 6
          for (int64_t j = 0; j < N; ++j) {
            V u[N], made[3];
#pragma GCC unroll 6
            for (int64_t i = 0; i < N; ++i) {
              const float* at = sums + (i * N + j) * plane + k * C + c;
              u[i] = load(at);
              for (int64_t part = 1; part < parts; ++part) u[i] = u[i] + load(at + part * POINTS * plane);
            }
            Filter<M>::by_weight(u, made);
#pragma GCC unroll 3
            for (int64_t i = 0; i < 3; ++i) t[i][j] = made[i];
          }
#pragma GCC unroll 3
          for (int64_t i = 0; i < 3; ++i) {
            V made[3];
            Filter<M>::by_weight(t[i], made);
#pragma GCC unroll 3
            for (int64_t j = 0; j < 3; ++j) store(by_weight + (k * 9 + i * 3 + j) * C + c, made[j]);
          }
        }
      }
    });
  }
};

}  // namespace

template <typename T>
void winograd_by_weight(Parallel parallel, const T* x, const T* gradient, Shape s, int64_t points, float* by_weight) {
  check_winograd(s, points);
  if (points == 36) {
    ByWeight<T, 4>{x, gradient, s}.run(parallel, by_weight);
  } else {
    ByWeight<T, 2>{x, gradient, s}.run(parallel, by_weight);
  }
}

#define MU_WINOGRAD(T) template void winograd_by_weight<T>(Parallel, const T*, const T*, Shape, int64_t, float*);
MU_WINOGRAD(float)
MU_WINOGRAD(bf16)

}  // namespace mu
