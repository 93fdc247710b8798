// What this processor can do, and what is asked before that is known. Compiled without the instructions that it looks for.

#include <cstdint>
#include <utility>

#include "kernels.h"

namespace mu {

#ifdef __x86_64__

bool processor_fits() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bf16");
}

bool has_tiles() { return __builtin_cpu_supports("amx-bf16"); }
bool has_bf16() { return __builtin_cpu_supports("avx512bf16") || has_tiles(); }

#else

bool processor_fits() { return false; }
bool has_tiles() { return false; }
bool has_bf16() { return false; }

#endif

int64_t winograd_points(int64_t height, int64_t width, int64_t most) {
  int64_t best = 16, least = INT64_MAX;
  for (auto [h, w] : {std::pair<int64_t, int64_t>{2, 2}, {2, 4}, {4, 4}}) {
    const int64_t points = (h + 2) * (w + 2), work = ((height + h - 1) / h) * ((width + w - 1) / w) * points;
    if (points <= most && work < least) best = points, least = work;
  }
  return best;
}

}  // namespace mu
