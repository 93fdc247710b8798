// Batches of images out of bytes.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "check.h"
#include "guard.h"
#include "plain/kernels.h"
#include "threads.h"

namespace {

using at::Tensor;
using namespace mu;

// Rows or columns of images, each from −1, which is nothing, to `side`.
Tensor places(const Tensor* given, const std::string& name, int64_t images, int64_t side) {
  const auto& all = check::given(given, name);
  check::is_on_cpu(all, name);
  check::is_of(all, name, {at::kLong});
  check::has_axes(all, name, 2);
  TORCH_CHECK(all.size(0) == images, name, " must be those of ", images, " images, and are of ", all.size(0));
  if (all.numel() > 0) {
    const auto least = all.min().item<int64_t>(), most = all.max().item<int64_t>();
    TORCH_CHECK(least >= -1 && most < side, name, " go from ", least, " to ", most, ", where images have ", side);
  }
  return all.contiguous();
}

}  // namespace

extern "C" {

// A batch [b, c, h, w], channels last, of bytes [n, c, H, W]: `index` [b], `rows` [b, h], `columns` [b, w], `table` [c, 256].
char* mu_gather(const Tensor* bytes, const Tensor* index, const Tensor* rows, const Tensor* columns, const Tensor* levels, Tensor** out) {
  return guarded([&] {
    const auto& pixels = check::given(bytes, "the images");
    check::is_on_cpu(pixels, "the images");
    check::is_of(pixels, "the images", {at::kByte});
    check::has_axes(pixels, "the images", 4);
    check::is_contiguous(pixels, "the images");
    const int64_t n = pixels.size(0), c = pixels.size(1);
    const auto& chosen = check::given(index, "the samples");
    check::is_on_cpu(chosen, "the samples");
    check::is_of(chosen, "the samples", {at::kLong});
    check::has_axes(chosen, "the samples", 1);
    const int64_t b = chosen.numel();
    const auto from = chosen.contiguous();
    if (b > 0) TORCH_CHECK(from.min().item<int64_t>() >= 0 && from.max().item<int64_t>() < n, "a sample is not in the data set of ", n);
    const auto down = places(rows, "the rows", b, pixels.size(2)), across = places(columns, "the columns", b, pixels.size(3));
    const auto& table = check::given(levels, "the table");
    check::is_on_cpu(table, "the table");
    check::is_of(table, "the table", {at::kFloat});
    check::has_sizes(table, "the table", {c, 256});
    const auto own = table.contiguous();
    auto made = at::empty({b, c, down.size(1), across.size(1)}, own.options().memory_format(at::MemoryFormat::ChannelsLast));
    gather(on_threads, {numbers<uint8_t>(pixels), c, pixels.size(2), pixels.size(3)}, numbers<int64_t>(from),
           {b, down.size(1), across.size(1), numbers<int64_t>(down), numbers<int64_t>(across)}, numbers<float>(own), numbers<float>(made));
    *out = new Tensor(made);
  });
}
}
