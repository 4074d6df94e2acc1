#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/damage.hpp"
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
