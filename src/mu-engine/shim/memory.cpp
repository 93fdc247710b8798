// Memory of a GPU, as libtorch's allocator counts it. It needs none of CUDA's headers.

#include <ATen/Context.h>
#include <c10/core/CachingDeviceAllocator.h>

#include "guard.h"

namespace {

// It is there once a tensor is on a GPU, or this was called.
c10::DeviceAllocator& allocator() {
  at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
  return *c10::getDeviceAllocator(c10::DeviceType::CUDA);
}

}  // namespace

extern "C" {

// Bytes that are free on a GPU, and the most that this process took there since `mu_device_forget`.
char* mu_device_memory(int device, uint64_t* free, uint64_t* peak) {
  return guarded([&] {
    const auto which = static_cast<c10::DeviceIndex>(device);
    *free = allocator().getMemoryInfo(which).first;
    *peak = allocator().getDeviceStats(which).reserved_bytes[0].peak;
  });
}

// What is kept for later goes back to the GPU, where others may want it; the peak is counted from now on.
char* mu_device_forget(int device) {
  return guarded([&] {
    allocator().emptyCache();
    allocator().resetPeakStats(static_cast<c10::DeviceIndex>(device));
  });
}
}
