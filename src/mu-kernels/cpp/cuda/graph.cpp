// Training steps recorded as CUDA graphs: one launch instead of hundreds. A library of its own, since it can only be loaded where
// libtorch_cuda is; what it calls is found there.

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <memory>

#include "../guard.h"

using at::cuda::CUDAGraph;
using namespace mu;

namespace {

c10::DeviceIndex gpu(int device) {
  const int count = c10::cuda::device_count();
  TORCH_CHECK(device >= 0 && device < count, "there is no GPU ", device, " among ", count);
  return static_cast<c10::DeviceIndex>(device);
}

CUDAGraph& given(CUDAGraph* graph) {
  TORCH_CHECK(graph, "the recording is missing");
  return *graph;
}

}  // namespace

extern "C" {

// All work of this thread goes to a stream of its own from now on: what runs in the default one cannot be recorded.
char* mu_cuda_start(int device) {
  return guarded([&] {
    const auto which = gpu(device);
    c10::cuda::set_device(which);
    c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(false, which));
  });
}

// What this thread asks for from now on is written down and not done.
char* mu_cuda_begin(CUDAGraph** out) {
  return guarded([&] {
    auto graph = std::make_unique<CUDAGraph>();
    graph->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    *out = graph.release();
  });
}

char* mu_cuda_end(CUDAGraph* graph) {
  return guarded([&] { given(graph).capture_end(); });
}

char* mu_cuda_play(CUDAGraph* graph) {
  return guarded([&] { given(graph).replay(); });
}

void mu_cuda_drop(CUDAGraph* graph) noexcept {
  // Its destructor does not throw, but its memory may still be in use.
  release(guarded([&] { c10::cuda::device_synchronize(); }));
  delete graph;
}

void mu_cuda_free(char* text) noexcept { release(text); }
}
