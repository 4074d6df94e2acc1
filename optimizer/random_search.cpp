#include "optimizer/random_search.hpp"

#include <random>

#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr std::uint64_t kPoints = 101, kPool = 102;

std::mt19937_64 engine_for(const SearchRegion& region, std::uint64_t use, std::size_t index) {
  return std::mt19937_64{derived_seed(derived_seed(region.seed(), use), index)};
}

}  // namespace

Suggestion RandomSearch::ask(const std::vector<Conditions>& pending) const {
  const std::size_t index = region_.told().size() + pending.size();
  if (index < region_.initial_design())
    return region_.suggestion(region_.design_point(index, pending), "initial design");
  std::mt19937_64 engine = engine_for(region_, kPoints, index);
  std::uniform_real_distribution<double> uniform;
  const auto draw = [&](int) -> Eigen::VectorXd {
    return Eigen::VectorXd::NullaryExpr(region_.space().dimensions(), [&] { return uniform(engine); });
  };
  return region_.suggestion(region_.first_new(draw, pending), "at random");
}

std::size_t RandomSearch::ask_from(const std::vector<Conditions>& pool) const {
  const std::vector<std::size_t> candidates = region_.untold(pool);
  std::mt19937_64 engine = engine_for(region_, kPool, region_.told().size());
  return candidates[std::uniform_int_distribution<std::size_t>{0, candidates.size() - 1}(engine)];
}

void RandomSearch::tell(const Conditions& conditions, const std::map<std::string, Estimate>&,
                        std::optional<double>) {
  region_.add_told(conditions);
}

void RandomSearch::tell_failure(const Conditions& conditions, double, std::optional<double>) {
  region_.add_told(conditions);
}

}  // namespace nocturne
