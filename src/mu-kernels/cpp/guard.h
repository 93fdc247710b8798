// How a function that Rust calls says what went wrong. Each one that can fail returns a message, which Rust gives back to
// mu_message_free, or null. No exception leaves it: what happens to one that crosses to another language is undefined.
#pragma once

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

namespace mu {

// The message where there is no memory for another one. It is never freed.
inline char NO_MEMORY[] = "out of memory";

// A copy of the words, or NO_MEMORY: null would mean that all went well. `copy` is strdup, but in tests.
inline char* message(const char* words, char* (*copy)(const char*) = strdup) noexcept {
  char* own = copy(words);
  return own ? own : NO_MEMORY;
}

inline void release(char* message) noexcept {
  if (message != NO_MEMORY) free(message);
}

template <typename F>
char* guarded(F f) noexcept {
  try {
    f();
    return nullptr;
  } catch (const std::bad_alloc&) {
    return NO_MEMORY;
  } catch (const std::exception& error) {
    return message(error.what());
  } catch (...) {
    return message("libtorch refused without a reason");
  }
}

}  // namespace mu
