// Every plain kernel over many sizes against a loop that says what it computes, in double. Built under sanitizers (`make sanitize`), each
// array has exactly its size, so that a read or write beside it is found. The vectors are those of this processor where it has them;
// with MU_EMULATE they are plain C++.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../guard.h"
#include "../plain/kernels.h"

namespace {

using mu::bf16;
using mu::Shape;

int failures = 0, checks = 0;

void expect(bool holds, const std::string& what) {
  ++checks;
  if (holds) return;
  ++failures;
  printf("FAILED %s\n", what.c_str());
}

// Numbers between −1 and 1, the same every time.
struct Draw {
  uint64_t state;
  float next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return float(int32_t(state >> 32)) / 2147483648.0f;
  }
};

float number(float x) { return x; }
float number(bf16 x) {
  const uint32_t bits = uint32_t(x.bits) << 16;
  float out;
  memcpy(&out, &bits, 4);
  return out;
}
void set(float& to, float x) { to = x; }
void set(bf16& to, float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  to.bits = uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Memory of exactly so many elements, aligned as an element is and no better.
template <typename T>
class Array {
  std::vector<char> bytes;

 public:
  size_t size;
  explicit Array(size_t size) : bytes((size + 1) * sizeof(T)), size(size) {}
  Array(size_t size, Draw& draw, float scale = 1, float shift = 0) : Array(size) {
    for (size_t i = 0; i < size; ++i) set((*this)[i], draw.next() * scale + shift);
  }
  T* data() { return reinterpret_cast<T*>(bytes.data() + sizeof(T)); }
  const T* data() const { return reinterpret_cast<const T*>(bytes.data() + sizeof(T)); }
  T& operator[](size_t i) { return data()[i]; }
  double at(size_t i) const { return number(data()[i]); }
};

void one_by_one(int64_t n, void (*task)(void*, int64_t), void* self) {
  for (int64_t i = 0; i < n; ++i) task(self, i);
}
void on_three(int64_t n, void (*task)(void*, int64_t), void* self) {
  std::atomic<int64_t> next{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int64_t i = next++; i < n; i = next++) task(self, i);
    });
  }
  for (auto& thread : threads) thread.join();
}

// How far from the exact numbers, by their size.
template <typename T>
double apart(const Array<T>& found, const std::vector<double>& exact) {
  double off = 0, all = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    off += (found.at(i) - exact[i]) * (found.at(i) - exact[i]);
    all += exact[i] * exact[i];
  }
  return std::sqrt(off / std::max(all, 1e-30));
}

template <typename T>
bool same(const Array<T>& a, const Array<T>& b) {
  return memcmp(a.data(), b.data(), a.size * sizeof(T)) == 0;
}

template <typename T>
constexpr double NEAR = sizeof(T) == 4 ? 2e-5 : 2e-2;

template <typename T>
std::string name(const char* what, Shape s, int64_t points) {
  char text[200];
  snprintf(text, sizeof text, "%s %s %dx%dx%d, %d to %d, %d points", what, sizeof(T) == 4 ? "float" : "bf16", int(s.batch), int(s.height),
           int(s.width), int(s.inputs), int(s.outputs), int(points));
  return text;
}

// Calls f(output, input, weight) for each product of a convolution.
template <typename F>
void convolve(Shape s, F f) {
  for (int64_t b = 0; b < s.batch; ++b)
    for (int64_t y = 0; y < s.height; ++y)
      for (int64_t x = 0; x < s.width; ++x)
        for (int64_t i = 0; i < 3; ++i)
          for (int64_t j = 0; j < 3; ++j) {
            const int64_t row = y + i - 1, column = x + j - 1;
            if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;
            f((b * s.height + y) * s.width + x, (b * s.height + row) * s.width + column, i * 3 + j);
          }
}

template <typename T>
void convolutions(Shape s, int64_t points) {
  Draw draw{uint64_t(points * 7919 + s.height * 31 + s.inputs)};
  const int64_t C = s.inputs, K = s.outputs, pixels = s.batch * s.height * s.width;
  const Array<T> x(pixels * C, draw), gradient(pixels * K, draw), residual(pixels * K, draw);
  const Array<float> weight(K * 9 * C, draw, 0.2f), bias(K, draw);
  // The convolution with everything that may follow it.
  for (int with = 0; with < 4; ++with) {
    std::vector<double> exact(pixels * K);
    convolve(s, [&](int64_t out, int64_t in, int64_t at) {
      for (int64_t k = 0; k < K; ++k)
        for (int64_t c = 0; c < C; ++c) exact[out * K + k] += x.at(in * C + c) * weight.at((k * 9 + at) * C + c);
    });
    for (int64_t i = 0; i < pixels * K; ++i) {
      if (with & 1) exact[i] += bias.at(i % K);
      if (with & 2) exact[i] = std::max(0.0, exact[i] + residual.at(i));
    }
    Array<T> packed(points * K * C), y(pixels * K), again(pixels * K);
    mu::winograd_weights<T>(one_by_one, weight.data(), s, points, false, packed.data());
    const mu::Epilogue<T> then{with & 1 ? bias.data() : nullptr, with & 2 ? residual.data() : nullptr, (with & 2) != 0};
    mu::winograd_forward<T>(one_by_one, x.data(), packed.data(), s, points, then, y.data());
    mu::winograd_forward<T>(on_three, x.data(), packed.data(), s, points, then, again.data());
    expect(apart(y, exact) < NEAR<T>, name<T>("convolution", s, points) + ": " + std::to_string(apart(y, exact)));
    expect(same(y, again), name<T>("threads change the convolution", s, points));
  }
  // Its gradient by the input.
  std::vector<double> by_input(pixels * C);
  convolve(s, [&](int64_t out, int64_t in, int64_t at) {
    for (int64_t k = 0; k < K; ++k)
      for (int64_t c = 0; c < C; ++c) by_input[in * C + c] += gradient.at(out * K + k) * weight.at((k * 9 + at) * C + c);
  });
  Array<T> turned(points * K * C), by_x(pixels * C);
  mu::winograd_weights<T>(on_three, weight.data(), s, points, true, turned.data());
  const Shape back{s.batch, s.height, s.width, K, C};
  mu::winograd_forward<T>(one_by_one, gradient.data(), turned.data(), back, points, {nullptr, nullptr, false}, by_x.data());
  expect(apart(by_x, by_input) < NEAR<T>, name<T>("gradient by the input", s, points) + ": " + std::to_string(apart(by_x, by_input)));
  // Its gradient by the weights.
  std::vector<double> exact(K * 9 * C);
  convolve(s, [&](int64_t out, int64_t in, int64_t at) {
    for (int64_t k = 0; k < K; ++k)
      for (int64_t c = 0; c < C; ++c) exact[(k * 9 + at) * C + c] += gradient.at(out * K + k) * x.at(in * C + c);
  });
  Array<float> by_weight(K * 9 * C), again(K * 9 * C);
  mu::winograd_by_weight<T>(one_by_one, x.data(), gradient.data(), s, points, by_weight.data());
  mu::winograd_by_weight<T>(on_three, x.data(), gradient.data(), s, points, again.data());
  expect(apart(by_weight, exact) < NEAR<T>, name<T>("gradient by the weight", s, points) + ": " + std::to_string(apart(by_weight, exact)));
  expect(same(by_weight, again), name<T>("threads change the gradient by the weight", s, points));
}

template <typename T>
void normalisations(int64_t rows, int64_t C, bool relu, bool beside) {
  Draw draw{uint64_t(rows * 131 + C)};
  const Array<T> x(rows * C, draw, 2, 1), residual(rows * C, draw), gradient(rows * C, draw);
  const Array<float> weight(C, draw, 1, 0.3f), bias(C, draw);
  const Shape s{rows, 1, 1, C, C};
  const auto named = [&](const char* what) { return name<T>(what, s, relu * 2 + beside); };
  std::vector<double> exact_mean(C), exact_variance(C);
  for (int64_t i = 0; i < rows * C; ++i) exact_mean[i % C] += x.at(i) / double(rows);
  for (int64_t i = 0; i < rows * C; ++i) exact_variance[i % C] += std::pow(x.at(i) - exact_mean[i % C], 2) / double(rows);
  const mu::Norm<T> norm{rows, C, x.data(), beside ? residual.data() : nullptr, weight.data(), relu};
  Array<float> mean(C), variance(C), inverse(C);
  mu::norm_statistics<T>(on_three, norm, mean.data(), variance.data());
  expect(apart(mean, exact_mean) < 1e-5, named("means"));
  if (rows > 1) expect(apart(variance, exact_variance) < 1e-5, named("variances"));
  for (int64_t c = 0; c < C; ++c) inverse[c] = float(1 / std::sqrt(variance.at(c) + 1e-5));
  std::vector<double> exact(rows * C);
  for (int64_t i = 0; i < rows * C; ++i) {
    const int64_t c = i % C;
    exact[i] = (x.at(i) - mean.at(c)) * inverse.at(c) * weight.at(c) + bias.at(c) + (beside ? residual.at(i) : 0);
    if (relu) exact[i] = std::max(0.0, exact[i]);
  }
  Array<T> y(rows * C), again(rows * C);
  mu::norm_forward<T>(one_by_one, norm, bias.data(), mean.data(), inverse.data(), y.data());
  mu::norm_forward<T>(on_three, norm, bias.data(), mean.data(), inverse.data(), again.data());
  // One number alone is its own mean: what is left is rounding.
  if (rows > 1 || beside) expect(apart(y, exact) < NEAR<T>, named("normalisation") + ": " + std::to_string(apart(y, exact)));
  expect(same(y, again), named("threads change the normalisation"));
  // The gradients, of what was positive as the kernel saw it.
  std::vector<double> passed(rows * C), sum(C), along(C), by_input(rows * C);
  const auto scaled = [&](int64_t i) { return (x.at(i) - mean.at(i % C)) * inverse.at(i % C); };
  for (int64_t i = 0; i < rows * C; ++i) {
    passed[i] = relu && y.at(i) <= 0 ? 0 : gradient.at(i);
    sum[i % C] += passed[i];
    along[i % C] += passed[i] * scaled(i);
  }
  for (int64_t i = 0; i < rows * C; ++i) {
    const int64_t c = i % C;
    by_input[i] = weight.at(c) * inverse.at(c) * (passed[i] - sum[c] / double(rows) - scaled(i) * along[c] / double(rows));
  }
  Array<T> by_x(rows * C), by_residual(rows * C);
  Array<float> by_weight(C), by_bias(C);
  mu::norm_backward<T>(on_three, norm, bias.data(), relu ? y.data() : nullptr, gradient.data(), mean.data(), inverse.data(), by_x.data(),
                       beside ? by_residual.data() : nullptr, by_weight.data(), by_bias.data());
  // Of two numbers the normalised ones are 1 and −1 whatever they are: nothing but rounding is left of the gradient.
  if (rows > 2) expect(apart(by_x, by_input) < 2 * NEAR<T>, named("gradient by x") + ": " + std::to_string(apart(by_x, by_input)));
  if (rows > 1) {
    expect(apart(by_weight, along) < 1e-4, named("gradient by the weight"));
  }
  expect(apart(by_bias, sum) < 1e-4, named("gradient by the bias"));
  if (beside) expect(apart(by_residual, passed) < 1e-6, named("gradient by the residual"));
}

void gathering(int64_t images, int64_t channels, int64_t height, int64_t width, int64_t down, int64_t across) {
  Draw draw{uint64_t(images * 17 + height)};
  std::vector<uint8_t> pixels(images * channels * height * width);
  for (auto& p : pixels) p = uint8_t((draw.next() + 1) * 127.9f);
  const int64_t batch = images + 2;
  const auto below = [&](int64_t n) { return std::min(n - 1, int64_t((double(draw.next()) + 1) / 2 * double(n))); };
  std::vector<int64_t> index(batch), rows(batch * down), columns(batch * across);
  for (auto& i : index) i = below(images);
  for (auto& r : rows) r = below(height + 1) - 1;
  for (auto& c : columns) c = below(width + 1) - 1;
  std::vector<float> table(channels * 256), out(batch * down * across * channels);
  for (auto& t : table) t = draw.next();
  mu::gather(on_three, {pixels.data(), channels, height, width}, index.data(), {batch, down, across, rows.data(), columns.data()}, table.data(),
             out.data());
  bool right = true;
  for (int64_t i = 0, at = 0; i < batch; ++i)
    for (int64_t y = 0; y < down; ++y)
      for (int64_t x = 0; x < across; ++x)
        for (int64_t c = 0; c < channels; ++c, ++at) {
          const int64_t row = rows[i * down + y], column = columns[i * across + x];
          const bool seen = row >= 0 && column >= 0;
          const int level = seen ? pixels[((index[i] * channels + c) * height + row) * width + column] : 0;
          right = right && out[at] == table[c * 256 + level];
        }
  expect(right, "gather " + std::to_string(images) + " images of " + std::to_string(height) + " by " + std::to_string(width));
}

// Calls f, which must refuse, in words that hold `part`.
template <typename F>
void refuses(F f, const std::string& part) {
  try {
    f();
    expect(false, "nothing refuses: " + part);
  } catch (const std::exception& error) {
    expect(std::string(error.what()).find(part) != std::string::npos, std::string(error.what()) + " does not say: " + part);
  }
}

void sizes() {
  const Shape good{1, 4, 4, 16, 16};
  mu::check_winograd(good, 16);
  refuses([&] { mu::check_winograd(good, 25); }, "16, 24 or 36 points, not from 25");
  refuses([] { mu::check_winograd({1, 4, 4, 24, 16}, 16); }, "multiples of 16, and are 24 and 16");
  refuses([] { mu::check_winograd({1, 4, 4, 16, 0}, 16); }, "multiples of 16, and are 16 and 0");
  refuses([] { mu::check_winograd({1, 0, 4, 16, 16}, 16); }, "0 by 4");
  // 2³² tiles of 2 × 2, and more than 64 bits count.
  mu::check_winograd({(1ll << 32) - 1, 2, 2, 16, 16}, 16);
  refuses([] { mu::check_winograd({1ll << 32, 2, 2, 16, 16}, 16); }, "too many tiles");
  refuses([] { mu::check_winograd({1ll << 62, 1ll << 62, 2, 16, 16}, 16); }, "too many tiles");
  refuses([] { mu::check_norm(0, 16); }, "0 rows of 16");
  refuses([] { mu::check_norm(3, 20); }, "3 rows of 20");
  // The kernels ask themselves.
  float nothing = 0;
  refuses([&] { mu::winograd_weights<float>(one_by_one, &nothing, good, 25, false, &nothing); }, "not from 25");
  refuses([&] { mu::winograd_forward<float>(one_by_one, &nothing, &nothing, good, 25, {nullptr, nullptr, false}, &nothing); }, "not from 25");
  refuses([&] { mu::winograd_by_weight<float>(one_by_one, &nothing, &nothing, good, 25, &nothing); }, "not from 25");
  const mu::Norm<float> norm{0, 16, &nothing, nullptr, &nothing, false};
  refuses([&] { mu::norm_statistics<float>(one_by_one, norm, &nothing, &nothing); }, "0 rows");
  refuses([&] { mu::norm_forward<float>(one_by_one, norm, &nothing, &nothing, &nothing, &nothing); }, "0 rows");
  refuses([&] { mu::norm_backward<float>(one_by_one, norm, &nothing, nullptr, &nothing, &nothing, &nothing, &nothing, nullptr, &nothing, &nothing); },
          "0 rows");
  for (int64_t side = 1; side < 40; ++side) {
    for (int64_t most : {16, 24, 36}) {
      const int64_t points = mu::winograd_points(side, side, most);
      const auto work = [side](int64_t p) {
        const int64_t h = p == 36 ? 4 : 2, w = p == 16 ? 2 : 4;
        return ((side + h - 1) / h) * ((side + w - 1) / w) * p;
      };
      bool least = points <= most;
      for (int64_t other : {16, 24, 36}) least = least && (other > most || work(points) <= work(other));
      expect(least, "points of " + std::to_string(side));
    }
  }
}

// No exception leaves a guarded function, and no failure is silent.
void guards() {
  const auto says = [](char* message) {
    const std::string words = message ? message : "";
    mu::release(message);
    return words;
  };
  expect(says(mu::guarded([] {})).empty(), "what succeeds says nothing");
  expect(says(mu::guarded([] { throw std::runtime_error("words"); })) == "words", "an exception's words");
  expect(says(mu::guarded([] { throw 3; })) == "libtorch refused without a reason", "what is no exception");
  expect(says(mu::guarded([] { throw std::bad_alloc(); })) == "out of memory", "no memory");
  char* message = mu::message("words", [](const char*) -> char* { return nullptr; });
  expect(message && says(message) == "out of memory", "no memory for words");
  mu::release(nullptr);
}

}  // namespace

int main() {
  guards();
#ifdef MU_ELSEWHERE
  expect(!mu::processor_fits() && !mu::has_bf16() && !mu::has_tiles(), "a processor without kernels");
  float nothing = 0;
  refuses([&] { mu::winograd_forward<float>(one_by_one, &nothing, &nothing, {1, 4, 4, 16, 16}, 16, {nullptr, nullptr, false}, &nothing); },
          "there are no kernels for this processor");
  const bool vectors = false;
#else
  const bool vectors = mu::processor_fits();
  sizes();
  if (vectors) {
    // Tiles that fit and that hang over, images smaller than one, panels of 32 and of 16, odd numbers of tiles.
    for (const Shape s : {Shape{1, 1, 1, 16, 16}, {2, 2, 2, 16, 32}, {1, 3, 5, 32, 16}, {3, 4, 4, 16, 16}, {1, 7, 6, 48, 16},
                          {2, 5, 8, 16, 48}, {1, 9, 13, 64, 32}, {1, 8, 8, 32, 64}, {5, 6, 1, 16, 16}}) {
      for (const int64_t points : {16, 24, 36}) {
        convolutions<float>(s, points);
        convolutions<bf16>(s, points);
      }
    }
    // Weights that no cache holds: all tiles point by point. Outputs in parts of 256.
    convolutions<float>({1, 2, 3, 272, 272}, 36);
    convolutions<bf16>({1, 3, 2, 384, 512}, 36);
    // More tiles than lie between the transforms at once.
    convolutions<float>({2, 33, 17, 16, 16}, 16);
    for (const int64_t channels : {16, 32, 48, 128, 144}) {
      for (const int64_t rows : {1, 2, 7, 129, 1025}) {
        for (int how = 0; how < 4; ++how) {
          normalisations<float>(rows, channels, how & 1, how & 2);
          normalisations<bf16>(rows, channels, how & 1, how & 2);
        }
      }
    }
  }
#endif
  for (const int64_t side : {1, 5, 8}) {
    gathering(3, 1, side, side + 1, side, side + 1);
    gathering(2, 3, side, side, side + 4, side);
  }
  printf("%d checks of the plain kernels, %d failed; vectors: %s\n", checks, failures,
#ifdef MU_EMULATE
         "emulated"
#else
         vectors ? "this processor's" : "none on this processor"
#endif
  );
  return failures != 0;
}
