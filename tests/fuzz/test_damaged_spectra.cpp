#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/read_spectrum.hpp"

namespace nocturne::test {

namespace {

namespace fs = std::filesystem;

/// Files of every format, in the order of their names.
std::vector<std::string> seeds() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(NOCTURNE_SOURCE_DIR "/tests/fuzz/seeds"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return texts;
}

/// Cuts, doubles, swaps and splices pieces, and writes characters that mean something to a reader.
class Damage {
 public:
  explicit Damage(std::vector<std::string> texts) : texts_{std::move(texts)} {}

  std::string next() {
    std::string text = texts_[below(texts_.size())];
    const std::size_t times = 1 + below(4);
    for (std::size_t i = 0; i < times && !text.empty(); ++i) damage(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

  void damage(std::string& text) {
    constexpr char telling[] = ",.;:\t \n\r\0-+eE#$@%=?\"'0919>[(\xB5\xFE\xFF";
    const std::size_t at = below(text.size()),
                      length = 1 + below(std::min<std::size_t>(40, text.size() - at));
    switch (below(6)) {
      case 0:
        text[at] = telling[below(sizeof telling - 1)];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(below(text.size()), length));
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, 1, static_cast<char>(random_() & 0xFF));
        break;
      default: {
        const std::string& other = texts_[below(texts_.size())];
        if (!other.empty()) text = text.substr(0, at) + other.substr(below(other.size()));
      }
    }
  }

  std::vector<std::string> texts_;
  std::mt19937_64 random_{20};
};

}  // namespace

TEST_CASE("readers: every seed of the fuzzer is a file that is read") {
  const std::vector<std::string> texts = seeds();
  CHECK(texts.size() >= 10);
  for (const std::string& text : texts) CHECK(read_and_analyze(text));
}

TEST_CASE("readers: twenty thousand damaged files are read or refused, and nothing else") {
  Damage damage{seeds()};
  int read = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = damage.next();
    CAPTURE(text);
    bool table = false;
    REQUIRE_NOTHROW(table = read_and_analyze(text));
    ++(table ? read : refused);
  }
  CHECK(read > 1000);
  CHECK(refused > 1000);
}

}  // namespace nocturne::test
