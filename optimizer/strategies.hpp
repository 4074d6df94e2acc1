#pragma once

#include <memory>
#include <string>
#include <vector>

#include "optimizer/ask_tell.hpp"

namespace nocturne {

constexpr const char* kDefaultStrategy = "composite";

/// "composite" (AskTell), "composite_plain" (the same without any prior knowledge of the outputs),
/// "scalar_ei", "cma_es", "sobol", "random".
std::vector<std::string> strategy_names();

/// They as one text, for messages: "composite, composite_plain, ...".
std::string allowed_strategies();

/// Throws std::invalid_argument, with the names there are, for an unknown one.
void check_strategy(const std::string& name);

/// Throws std::invalid_argument for an unknown name, and like AskTell for a problem that makes no sense.
std::unique_ptr<Strategy> make_strategy(const std::string& name, AskTell::Options options);

}  // namespace nocturne
