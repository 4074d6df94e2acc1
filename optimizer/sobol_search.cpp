#include "optimizer/sobol_search.hpp"

namespace nocturne {

Suggestion SobolSearch::ask(const std::vector<Conditions>& pending) const {
  return region_.suggestion(region_.design_point(region_.told().size() + pending.size(), pending),
                            "Sobol design");
}

std::size_t SobolSearch::ask_from(const std::vector<Conditions>& pool) const {
  return region_.nearest(pool, region_.design_point(region_.told().size(), {}));
}

void SobolSearch::tell(const Conditions& conditions, const std::map<std::string, Estimate>&,
                       std::optional<double>) {
  region_.add_told(conditions);
}

void SobolSearch::tell_failure(const Conditions& conditions, double, std::optional<double>) {
  region_.add_told(conditions);
}

}  // namespace nocturne
