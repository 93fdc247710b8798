// What this processor can do. Compiled without the instructions that it looks for; no other file asks.

#include "kernels.h"

namespace mu {

#if defined(MU_EMULATE)

// The kernels are compiled in plain C++ (`emulated.h`), for tests.
bool processor_fits() { return true; }
bool has_tiles() { return false; }
bool has_bf16() { return true; }

#elif defined(__x86_64__)

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

}  // namespace mu
