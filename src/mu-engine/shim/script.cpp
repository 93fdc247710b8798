// TorchScript modules whose tensors are the caller's. tch loads and runs modules, but lists only their parameters, and cannot
// put a tensor into one: running statistics would be lost, and gradients would go to tensors that nobody holds.

#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

#include <torch/script.h>

#include "guard.h"

namespace {

// The module that holds `a.b.weight`, and the name of the tensor in it.
std::pair<torch::jit::Module, std::string> owner(torch::jit::Module module, const std::string& name) {
  size_t from = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', from)) {
    module = module.attr(name.substr(from, dot - from)).toModule();
    from = dot + 1;
  }
  return {module, name.substr(from)};
}

}  // namespace

extern "C" {

void mu_shim_free(char* text) { free(text); }

// Loads a module from an archive in memory for a device: -1 is the CPU, other numbers are CUDA's.
char* mu_script_load(const char* bytes, size_t size, int device, torch::jit::Module** out) {
  return guarded([&] {
    // Without its optimiser a module is computed as eager PyTorch does, from the first run on.
    torch::jit::setGraphExecutorOptimize(false);
    auto place = device < 0 ? torch::Device(torch::kCPU) : torch::Device(torch::kCUDA, device);
    std::istringstream archive(std::string(bytes, size), std::ios::binary);
    *out = new torch::jit::Module(torch::jit::load(archive, place));
  });
}

void mu_script_delete(torch::jit::Module* module) { delete module; }

// A new handle of a tensor of the module.
char* mu_script_get(torch::jit::Module* module, const char* name, at::Tensor** out) {
  return guarded([&] {
    auto [holder, part] = owner(*module, name);
    *out = new at::Tensor(holder.attr(part).toTensor());
  });
}

// Makes the module use this tensor from now on.
char* mu_script_set(torch::jit::Module* module, const char* name, const at::Tensor* tensor) {
  return guarded([&] {
    auto [holder, part] = owner(*module, name);
    holder.setattr(part, *tensor);
  });
}

char* mu_script_forward(torch::jit::Module* module, const at::Tensor* input, int training, at::Tensor** out) {
  return guarded([&] {
    module->train(training != 0);
    auto result = module->forward({*input});
    TORCH_CHECK(result.isTensor(), "the TorchScript module gives no tensor but ", result.tagKind());
    *out = new at::Tensor(result.toTensor());
  });
}
}
