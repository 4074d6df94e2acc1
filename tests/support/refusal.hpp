#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "recipes/recipe.hpp"

namespace nocturne::test {

/// What a FileError says, thrown by `action`; empty if nothing was thrown. Any other exception fails the
/// test.
template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const FileError& error) {
    return error.what();
  }
  return {};
}

/// A message that begins with "file:line: ", holds every word, and is one line.
inline void check_refusal(const std::string& message, const std::string& place,
                          std::initializer_list<const char*> words) {
  CAPTURE(message);
  CHECK(message.rfind(place + ": ", 0) == 0);
  CHECK(message.find('\n') == std::string::npos);
  for (const std::string word : words) {
    CAPTURE(word);
    CHECK(message.find(word) != std::string::npos);
  }
}

/// `text` with the first `from` replaced; fails the test if it is not there.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  return text.replace(at, from.size(), to);
}

/// Line (from 1) on which the first `words` stand in `text`.
inline std::string line_of(const std::string& text, const std::string& words) {
  const auto at = text.find(words);
  REQUIRE_MESSAGE(at != std::string::npos, words);
  int line = 1;
  for (std::size_t i = 0; i < at; ++i) line += text[i] == '\n' ? 1 : 0;
  return std::to_string(line);
}

}  // namespace nocturne::test
