// TorchScript modules whose tensors are the caller's. tch loads and runs modules, but lists only their parameters, and cannot
// put a tensor into one: running statistics would be lost, and gradients would go to tensors that nobody holds.

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include "check.h"
#include "guard.h"

namespace {

using namespace mu;
using torch::jit::Module;

Module& given(Module* module) {
  TORCH_CHECK(module, "the TorchScript module is missing");
  return *module;
}

// The module that holds `a.b.weight`, and the name of the tensor in it.
std::pair<Module, std::string> owner(Module module, const std::string& name) {
  size_t from = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', from)) {
    module = module.attr(name.substr(from, dot - from)).toModule();
    from = dot + 1;
  }
  return {module, name.substr(from)};
}

// What a module holds: its tensors with how often they were written to, and its other values; of lists and tables their bytes.
struct Held {
  const void* tensor;
  int64_t version;
  c10::IValue value;
  std::vector<char> bytes;
};

std::vector<Held> held(const Module& module) {
  std::vector<Held> all;
  for (const auto& attribute : module.named_attributes(/*recurse=*/true)) {
    const auto& value = attribute.value;
    if (value.isTensor() && value.toTensor().defined()) {
      const auto tensor = value.toTensor();
      all.push_back({tensor.unsafeGetTensorImpl(), tensor._version(), c10::IValue(), {}});
    } else if (value.isBool() || value.isInt() || value.isDouble() || value.isString() || value.isNone()) {
      all.push_back({nullptr, 0, value, {}});
    } else if (value.isList() || value.isTuple() || value.isGenericDict()) {
      all.push_back({nullptr, 0, c10::IValue(), torch::jit::pickle_save(value)});
    }
  }
  return all;
}

bool is_same(const std::vector<Held>& before, const std::vector<Held>& now) {
  if (before.size() != now.size()) return false;
  for (size_t at = 0; at < now.size(); ++at) {
    const auto &a = before[at], &b = now[at];
    if (a.tensor != b.tensor || a.version != b.version || a.bytes != b.bytes || a.value != b.value) return false;
  }
  return true;
}

}  // namespace

extern "C" {

// Loads a module from an archive in memory for a device: -1 is the CPU, other numbers are CUDA's.
char* mu_script_load(const char* bytes, size_t size, int device, Module** out) {
  return guarded([&] {
    TORCH_CHECK(bytes && size > 0, "the TorchScript archive is empty");
    TORCH_CHECK(device >= -1 && device <= INT8_MAX, "there is no device ", device);
    // Without its optimiser a module is computed as eager PyTorch does, from the first run on.
    torch::jit::setGraphExecutorOptimize(false);
    auto place = device < 0 ? c10::Device(at::kCPU) : c10::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device));
    std::istringstream archive(std::string(bytes, size), std::ios::binary);
    *out = new Module(torch::jit::load(archive, place));
  });
}

void mu_script_delete(Module* module) noexcept { delete module; }

// A new handle of a tensor of the module.
char* mu_script_get(Module* module, const char* name, at::Tensor** out) {
  return guarded([&] {
    auto [holder, part] = owner(given(module), name);
    const auto value = holder.attr(part);
    TORCH_CHECK(value.isTensor(), name, " of the TorchScript module is no tensor but ", value.tagKind());
    *out = new at::Tensor(value.toTensor());
  });
}

// Makes the module use this tensor from now on, in place of one of its sizes on its device.
char* mu_script_set(Module* module, const char* name, const at::Tensor* tensor) {
  return guarded([&] {
    const auto& value = check::given(tensor, name);
    auto [holder, part] = owner(given(module), name);
    const auto old = holder.attr(part);
    TORCH_CHECK(old.isTensor() && old.toTensor().defined(), name, " of the TorchScript module is no tensor but ", old.tagKind());
    check::has_sizes(value, name, old.toTensor().sizes());
    check::is_beside(value, name, old.toTensor());
    TORCH_CHECK(value.is_floating_point() == old.toTensor().is_floating_point(), name, " must be like the module's own ",
                old.toTensor().scalar_type(), ", not ", value.scalar_type());
    holder.setattr(part, value);
  });
}

char* mu_script_forward(Module* module, const at::Tensor* input, int training, at::Tensor** out) {
  return guarded([&] {
    const auto& images = check::given(input, "the input");
    given(module).train(training != 0);
    auto result = module->forward({images});
    TORCH_CHECK(result.isTensor(), "the TorchScript module gives no tensor but ", result.tagKind());
    *out = new at::Tensor(result.toTensor());
  });
}

// Makes a module a function of what it is given: in evaluation mode, its real numbers in double precision or not, without gradients of its own.
char* mu_script_settle(Module* module, int twofold) {
  return guarded([&] {
    given(module).eval();
    const auto kind = twofold ? at::kDouble : at::kFloat;
    for (const auto& attribute : module->named_attributes(/*recurse=*/true)) {
      if (!attribute.value.isTensor() || !attribute.value.toTensor().defined()) continue;
      auto tensor = attribute.value.toTensor();
      if (!tensor.is_floating_point()) continue;
      tensor.requires_grad_(false);
      if (tensor.scalar_type() != kind) tensor.set_data(tensor.to(kind));
    }
  });
}

// What a module makes of values. It keeps nothing of them: the same values give the same tensor, whatever came before.
char* mu_script_call(Module* module, const at::Tensor* const* values, size_t count, at::Tensor** out) {
  return guarded([&] {
    TORCH_CHECK(values || count == 0, "the values are missing");
    std::vector<c10::IValue> given_values;
    for (size_t at = 0; at < count; ++at) given_values.emplace_back(check::given(values[at], "value " + std::to_string(at + 1)));
    const auto before = held(given(module));
    auto result = module->forward(std::move(given_values));
    TORCH_CHECK(is_same(before, held(*module)), "the TorchScript function changes what it holds, and a function must not");
    TORCH_CHECK(result.isTensor(), "the TorchScript function gives no tensor but ", result.tagKind());
    *out = new at::Tensor(result.toTensor());
  });
}
}
