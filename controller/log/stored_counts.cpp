#include "controller/log/stored_counts.hpp"

#include <zlib.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "controller/log/fingerprint.hpp"

namespace nocturne {
namespace {

constexpr const char* kFloat64 = "float64";
constexpr const char* kSums = "sums_zlib";
constexpr std::size_t kPlanes = sizeof(std::int32_t);

/// The whole number that, divided by `scans`, is `mean` to the last bit; nothing if there is none.
std::optional<std::int32_t> sum_of(double mean, int scans) {
  const double sum = std::round(mean * scans);
  if (!(std::abs(sum) <= std::numeric_limits<std::int32_t>::max())) return std::nullopt;
  const auto whole = static_cast<std::int32_t>(sum);
  const double again = static_cast<double>(whole) / scans;
  if (std::bit_cast<std::uint64_t>(again) != std::bit_cast<std::uint64_t>(mean)) return std::nullopt;
  return whole;
}

/// First the lowest byte of every sum, last the highest; nothing if the counts are no sums.
std::optional<std::string> planes_of(const Frame& frame) {
  const auto pixels = static_cast<std::size_t>(frame.counts.size());
  std::string planes(kPlanes * pixels, '\0');
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto sum = sum_of(frame.counts[static_cast<Eigen::Index>(i)], frame.scans);
    if (!sum) return std::nullopt;
    const auto bytes = std::bit_cast<std::array<char, kPlanes>>(*sum);
    for (std::size_t plane = 0; plane < kPlanes; ++plane) planes[plane * pixels + i] = bytes[plane];
  }
  return planes;
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string result(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
               bytes.size()) != Z_OK)
    throw std::bad_alloc{};
  result.resize(size);
  return result;
}

std::string inflated(const void* bytes, std::size_t size, std::size_t wanted) {
  std::string result(wanted, '\0');
  uLongf length = wanted;
  if (uncompress(reinterpret_cast<Bytef*>(result.data()), &length, static_cast<const Bytef*>(bytes), size) !=
          Z_OK ||
      length != wanted)
    throw std::invalid_argument{"a spectrum cannot be unpacked"};
  return result;
}

}  // namespace

StoredCounts stored_counts(const Frame& frame) {
  if (frame.scans >= 1 && frame.counts.size() > 0)
    if (const auto planes = planes_of(frame))
      return {kSums, deflated(*planes), static_cast<int>(frame.counts.size())};
  return {kFloat64, bytes_of(frame.counts), std::nullopt};
}

Eigen::VectorXd counts_in(const std::string& encoding, const void* bytes, std::size_t size, int pixels,
                          int scans) {
  if (encoding == kFloat64) return values_of(bytes, size);
  if (encoding != kSums || pixels < 1 || scans < 1)
    throw std::invalid_argument{"a spectrum is stored as '" + encoding + "', which nobody wrote"};
  const auto count = static_cast<std::size_t>(pixels);
  const std::string planes = inflated(bytes, size, kPlanes * count);
  Eigen::VectorXd counts(pixels);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<char, kPlanes> sum{};
    for (std::size_t plane = 0; plane < kPlanes; ++plane) sum[plane] = planes[plane * count + i];
    counts[static_cast<Eigen::Index>(i)] = static_cast<double>(std::bit_cast<std::int32_t>(sum)) / scans;
  }
  return counts;
}

}  // namespace nocturne
