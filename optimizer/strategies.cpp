#include "optimizer/strategies.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "optimizer/cma_es.hpp"
#include "optimizer/random_search.hpp"
#include "optimizer/scalar_improvement.hpp"
#include "optimizer/sobol_search.hpp"

namespace nocturne {
namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Strategy> (*make)(AskTell::Options options);
};

template <class S>
std::unique_ptr<Strategy> plainly(AskTell::Options options) {
  return std::make_unique<S>(std::move(options));
}

std::unique_ptr<Strategy> composite_plain(AskTell::Options options) {
  return std::make_unique<AskTell>(without_priors(std::move(options)));
}

constexpr Entry kStrategies[] = {
    {kDefaultStrategy, &plainly<AskTell>},      {"composite_plain", &composite_plain},
    {"scalar_ei", &plainly<ScalarImprovement>}, {"cma_es", &plainly<CmaEs>},
    {"sobol", &plainly<SobolSearch>},           {"random", &plainly<RandomSearch>}};

}  // namespace

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kStrategies) names.emplace_back(entry.name);
  return names;
}

std::string allowed_strategies() {
  std::string text;
  for (const Entry& entry : kStrategies) text += (text.empty() ? "" : ", ") + std::string{entry.name};
  return text;
}

void check_strategy(const std::string& name) {
  if (std::ranges::none_of(kStrategies, [&](const Entry& entry) { return name == entry.name; }))
    throw std::invalid_argument{"there is no optimizer '" + name + "' (" + allowed_strategies() + ")"};
}

std::unique_ptr<Strategy> make_strategy(const std::string& name, AskTell::Options options) {
  check_strategy(name);
  const auto* entry = std::ranges::find_if(kStrategies, [&](const Entry& one) { return name == one.name; });
  return entry->make(std::move(options));
}

}  // namespace nocturne
