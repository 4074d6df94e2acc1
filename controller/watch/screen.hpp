#pragma once

#include <string>
#include <vector>

#include "controller/watch/verdict.hpp"

namespace nocturne {

struct ScreenSize {
  int columns = 80, rows = 24;
};

/// The verdict and the facts as a screen of text: exactly `rows` lines, none wider than `columns` characters.
/// `note`: a line about the watching itself; empty = none.
std::vector<std::string> screen_of(const NightFacts& facts, const Verdict& verdict, ScreenSize size,
                                   const std::string& note);

}  // namespace nocturne
