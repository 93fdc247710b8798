// Every function of the shim that can fail returns a message that the caller frees with mu_shim_free, or null.
#pragma once

#include <cstring>
#include <exception>

namespace {

template <typename F>
char* guarded(F f) {
  try {
    f();
    return nullptr;
  } catch (const std::exception& error) {
    return strdup(error.what());
  } catch (...) {
    return strdup("libtorch refused without a reason");
  }
}

}  // namespace
