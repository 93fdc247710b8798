// What is of the process: the processor, libtorch's threads and settings, a GPU's memory as libtorch's allocator counts it. It needs
// none of CUDA's headers.

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>

#include "guard.h"
#include "plain/kernels.h"
#include "threads.h"

namespace {

using namespace mu;

// A GPU's number. Its allocator is there once a tensor is on a GPU, or this was called.
c10::DeviceIndex gpu(int device) {
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  const int count = at::detail::getCUDAHooks().deviceCount();
  TORCH_CHECK(device >= 0 && device < count, "there is no GPU ", device, " among ", count);
  return static_cast<c10::DeviceIndex>(device);
}

c10::DeviceAllocator& allocator() { return *c10::getDeviceAllocator(c10::DeviceType::CUDA); }

}  // namespace

extern "C" {

void mu_message_free(char* text) noexcept { release(text); }

int mu_processor_fits() noexcept { return processor_fits(); }

// Whether products of bfloat16 are faster than those of float: without such instructions they are emulated.
int mu_processor_has_bf16() noexcept { return has_bf16(); }

// Calls task(self, i) for i in 0..n on libtorch's threads; what libtorch is asked to do within, it does on that thread alone.
char* mu_each(int64_t n, void (*task)(void*, int64_t), void* self) {
  return guarded([&] {
    TORCH_CHECK(task && n >= 0, "there cannot be ", n, " tasks");
    on_threads(n, task, self);
  });
}

// What is global: the same bits every time, also on a GPU; floats are not shortened to TF32.
char* mu_settle() {
  return guarded([&] {
    auto& context = at::globalContext();
    context.setDeterministicCuDNN(true);
    context.setBenchmarkCuDNN(false);
    context.setDeterministicAlgorithms(true, true);
    context.setDeterministicFillUninitializedMemory(false);
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
  });
}

// What libtorch says of how it was built, its version among it; given back to mu_message_free.
char* mu_libtorch_config(char** out) {
  return guarded([&] {
    char* text = strdup(at::show_config().c_str());
    TORCH_CHECK(text, "out of memory");
    *out = text;
  });
}

// Bytes that are free on a GPU, and the most that this process took there since `mu_device_forget`.
char* mu_device_memory(int device, uint64_t* free, uint64_t* peak) {
  return guarded([&] {
    const auto which = gpu(device);
    *free = allocator().getMemoryInfo(which).first;
    *peak = allocator().getDeviceStats(which).reserved_bytes[0].peak;
  });
}

// What is kept for later goes back to the GPU, where others may want it; the peak is counted from now on.
char* mu_device_forget(int device) {
  return guarded([&] {
    const auto which = gpu(device);
    allocator().emptyCache();
    allocator().resetPeakStats(which);
  });
}
}
