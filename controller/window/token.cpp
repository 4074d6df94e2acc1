#include "controller/window/token.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "controller/log/fingerprint.hpp"
#include "controller/text_input.hpp"
#include "recipes/document.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kShortestToken = 16;

std::string base64url(const std::array<unsigned char, 32>& bytes) {
  constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned int held = 0;
  int bits = 0;
  for (const unsigned char byte : bytes) {
    held = (held << 8 | byte) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6) text += letters[held >> (bits - 6) & 63];
  }
  return text += letters[held << (6 - bits) & 63];
}

}  // namespace

std::string random_token() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error{"no random bytes for a token"};
  return base64url(bytes);
}

std::string read_token(const std::filesystem::path& file) {
  const std::string text = bytes_of_file(file);
  std::string token = text.substr(0, text.find('\n'));
  if (token.ends_with('\r')) token.pop_back();
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; }))
    throw FileError{file.string() + ":1: a token is plain ASCII without spaces"};
  if (token.size() < kShortestToken)
    throw FileError{fmt::format("{}:1: a token of {} characters is too short (allowed: {} or more)",
                                file.string(), token.size(), kShortestToken)};
  return token;
}

bool same_token(const std::string& given, const std::string& right) {
  const std::string a = digest_of(given), b = digest_of(right);  // of one length, whatever was given
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace nocturne
