#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nocturne::test {

/// Cuts, doubles, swaps and splices pieces of texts, and writes characters that mean something to a reader.
/// The same texts give the same damage.
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

}  // namespace nocturne::test
