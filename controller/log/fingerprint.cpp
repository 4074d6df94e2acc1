#include "controller/log/fingerprint.hpp"

#include <openssl/evp.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

static_assert(std::endian::native == std::endian::little,
              "bytes of numbers go into files as they lie in memory");

constexpr const char* kNoDigest = "SHA-256 is not available in this OpenSSL";

Fingerprint::Digest sha256(const std::string& bytes) {
  Fingerprint::Digest result{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), result.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != result.size())
    throw std::runtime_error{kNoDigest};
  return result;
}

std::string hex_of(const Fingerprint::Digest& digest) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

/// Collects what is digested; every piece is either of fixed size or has its length in front.
class Bytes {
 public:
  template <class Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number> && sizeof(Number) == 8);
    const auto raw = std::bit_cast<std::array<char, 8>>(value);
    text_.append(raw.data(), raw.size());
  }
  void text(const std::string& value) {
    number(static_cast<std::uint64_t>(value.size()));
    text_ += value;
  }
  void raw(const Fingerprint::Digest& digest) {
    text_.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  }
  void flag(bool value) { text_ += value ? '\1' : '\0'; }

  Fingerprint::Digest digest() const { return sha256(text_); }

 private:
  std::string text_;
};

void add_header(Bytes& bytes, const CampaignHeader& header) {
  for (const auto* text : {&header.name, &header.id, &header.origin, &header.recipe_text, &header.bench_text,
                           &header.plant_text, &header.material_text})
    bytes.text(*text);
  bytes.number(header.seed);
  bytes.number(static_cast<std::uint64_t>(header.targets.size()));
  for (const Target& target : header.targets) {
    bytes.text(target.output);
    bytes.number(target.value);
    bytes.number(target.tolerance);
    bytes.number(target.fwhm_max_meV);
    bytes.flag(target.narrowest);
    bytes.number(target.plqy_min);
    bytes.number(target.yield_min);
  }
  bytes.flag(header.budget.has_value());
  if (header.budget) bytes.number(static_cast<std::int64_t>(*header.budget));
  bytes.number(static_cast<std::uint64_t>(header.versions.size()));
  for (const auto& [what, version] : header.versions) {
    bytes.text(what);
    bytes.text(version);
  }
  if (header.optimizer != kDefaultStrategy) bytes.text("optimizer " + header.optimizer);
  if (!header.earlier_text.empty()) bytes.text(header.earlier_text);
  if (!header.first) return;
  bytes.text("first");
  for (const auto& [name, value] : *header.first) {
    bytes.text(name);
    bytes.number(value);
  }
}

void add_spectrum(Bytes& bytes, const SpectrumRecord& spectrum) {
  bytes.text(spectrum.role);
  bytes.number(spectrum.frame.exposure_s);
  bytes.number(static_cast<std::int64_t>(spectrum.frame.scans));
  for (const bool flag : {spectrum.frame.dark_subtracted, spectrum.frame.lamp_on, spectrum.frame.led_on})
    bytes.flag(flag);
  bytes.text(bytes_of(spectrum.wavelength_nm));
  bytes.text(bytes_of(spectrum.frame.counts));
}

}  // namespace

Fingerprint::Fingerprint(const CampaignHeader& header) {
  Bytes bytes;
  add_header(bytes, header);
  digest_ = bytes.digest();
}

void Fingerprint::add(const Event& event) {
  Bytes bytes;
  bytes.raw(digest_);
  bytes.number(event.seq);
  bytes.number(static_cast<std::int64_t>(event.time.time_since_epoch().count()));
  bytes.text(event.kind);
  bytes.flag(event.experiment.has_value());
  if (event.experiment) bytes.number(static_cast<std::int64_t>(*event.experiment));
  bytes.text(event.body);
  bytes.number(static_cast<std::uint64_t>(event.spectra.size()));
  for (const SpectrumRecord& spectrum : event.spectra) add_spectrum(bytes, spectrum);
  digest_ = bytes.digest();
}

std::string Fingerprint::hex() const { return hex_of(digest_); }

std::string digest_of(const std::string& bytes) { return hex_of(sha256(bytes)); }

std::string digest_of_file(const std::filesystem::path& file) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  std::ifstream stream{file, std::ios::binary};
  if (!stream) throw std::runtime_error{file.string() + " cannot be read"};
  std::vector<char> block(1 << 20);
  while (good && stream) {
    stream.read(block.data(), std::ssize(block));
    good = EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(stream.gcount())) == 1;
  }
  if (stream.bad()) throw std::runtime_error{file.string() + " cannot be read"};
  Fingerprint::Digest result{};
  unsigned int size = 0;
  if (!good || EVP_DigestFinal_ex(context.get(), result.data(), &size) != 1 || size != result.size())
    throw std::runtime_error{kNoDigest};
  return hex_of(result);
}

std::string bytes_of(const Eigen::VectorXd& values) {
  return {reinterpret_cast<const char*>(values.data()),
          static_cast<std::size_t>(values.size()) * sizeof(double)};
}

Eigen::VectorXd values_of(const void* bytes, std::size_t size) {
  if (size % sizeof(double) != 0) throw std::invalid_argument{"a spectrum is not a whole number of values"};
  Eigen::VectorXd values(static_cast<Eigen::Index>(size / sizeof(double)));
  if (size > 0) std::memcpy(values.data(), bytes, size);
  return values;
}

}  // namespace nocturne
