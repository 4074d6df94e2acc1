#include "controller/propose/propose.hpp"

#include <algorithm>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "controller/knowledge/earlier_studies.hpp"
#include "controller/propose/propose_checkpoint.hpp"
#include "controller/propose/propose_values.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/strategies.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"

namespace nocturne {
namespace {

constexpr int kMostAsked = 1000;
constexpr std::size_t kPoolPart = 1u << 16;

Goal::Kind kind_of(SpaceObjective::Goal goal) {
  switch (goal) {
    case SpaceObjective::Goal::minimize:
      return Goal::Kind::minimize;
    case SpaceObjective::Goal::maximize:
      return Goal::Kind::maximize;
    case SpaceObjective::Goal::target:
      return Goal::Kind::target;
    case SpaceObjective::Goal::limits_only:
      return Goal::Kind::limits_only;
  }
  return Goal::Kind::limits_only;
}

/// The compounds that a space of these variables can be about, by the names that emitters' recipes use.
std::vector<SizingCurve> likely_emitters(const Space& space) {
  const auto varies = [&](const char* name) {
    return std::ranges::find(space.variables, name, &Variable::name) != space.variables.end();
  };
  std::vector<const char*> materials;
  if (varies("br_pb")) materials = {"cspbbr3", "fapbbr3"};
  if (varies("i_pb")) materials = {"cspbi3"};
  std::vector<SizingCurve> emitters;
  for (const char* material : materials)
    for (const SizingCurve& curve : emitters_of(read_material(find_shipped(material, "materials"))))
      emitters.push_back(curve);
  return emitters;
}

}  // namespace

AskTell::Options options_of(const Space& space, const ProposeOptions& wish) {
  AskTell::Options options;
  options.variables = space.variables;
  options.initial_design = wish.initial_design;
  options.earlier = wish.earlier;
  options.seed = wish.seed;
  options.scales_from_data = true;
  options.pareto = space.pareto;
  const std::vector<SizingCurve> emitters = likely_emitters(space);
  for (const auto& objective : space.objectives) {
    Goal goal;
    goal.output = static_cast<int>(options.outputs.size());
    goal.kind = kind_of(objective.goal);
    goal.target = objective.target;
    goal.weight = objective.weight;
    goal.at_least = objective.at_least;
    goal.at_most = objective.at_most;
    options.goals.push_back(goal);
    options.outputs.push_back(known_output(objective.name, space.variables, emitters));
  }
  return options;
}

namespace {

/// Everything that asks depend on beside what is said.
Json identity_of(const Space& space, const ProposeOptions& options) {
  Json identity{{"space", json_of(space)}, {"seed", options.seed}, {"initial design", nullptr}};
  if (options.initial_design) identity["initial design"] = *options.initial_design;
  identity["optimizer"] = options.optimizer;
  identity["literature"] = text_of(options.earlier);
  return identity;
}

/// One conversation.
class Session {
 public:
  Session(const Space& space, const ProposeOptions& options, std::ostream& messages)
      : space_{space}, engine_{make_strategy(options.optimizer, options_of(space, options))} {
    if (options.checkpoint.empty()) return;
    checkpoint_.emplace(options.checkpoint, identity_of(space, options), messages);
    restore();
    if (told_ > 0 || !running_.empty())
      messages << options.checkpoint.string() << ": continued after " << told_ << " tells, "
               << running_.size() << " experiments running\n";
  }

  /// The answer to one line; nothing to a tell. Throws std::exception for a line without meaning.
  std::optional<Json> answer(const std::string& line) {
    Pool pool{space_};
    const Json request = parse_request(line, pool);
    if (!request.is_object() || request.size() != 1)
      throw std::invalid_argument{
          R"(expected one of {"tell": ...}, {"ask": n}, {"ask_from": [...]}, {"predict": [...]}, {"state": true})"};
    const std::string& verb = request.begin().key();
    const Json& body = request.begin().value();
    if (verb == "ask") return ask(body);
    if (verb == "ask_from") return ask_from(body, pool);
    if (verb == "predict") return predict(body);
    if (verb == "state") return state();
    if (verb != "tell")
      throw std::invalid_argument{"unknown request '" + verb + "' (tell, ask, ask_from, predict, state)"};
    tell(body, true);
    return std::nullopt;
  }

 private:
  void restore() {
    int line = 1;
    for (const Json& entry : checkpoint_->entries()) {
      ++line;
      try {
        if (entry.contains("tell"))
          tell(entry.at("tell"), false);
        else
          for (const Json& x : entry.at("asked")) running_.push_back(conditions_of(space_, x));
      } catch (const std::exception& error) {
        throw FileError{checkpoint_->file().string() + ":" + std::to_string(line) +
                        ": is damaged: " + error.what()};
      }
    }
  }

  void record(const Json& entry) {
    if (checkpoint_) checkpoint_->append(entry);
  }

  void tell(const Json& body, bool is_new) {
    if (!body.is_object() || !body.contains("x") || !body.contains("y"))
      throw std::invalid_argument{R"(a tell needs "x" and "y")"};
    const Conditions x = conditions_of(space_, body.at("x"));
    const std::map<std::string, Estimate> measured = measured_in(space_, body.at("y"));
    const std::optional<double> hours = hours_in(body, last_hours_);
    if (is_new) record({{"tell", body}});
    if (measured.empty())
      engine_->tell_failure(x, kConditionsAtFault, hours);
    else
      engine_->tell(x, measured, hours);
    if (hours) last_hours_ = hours;
    ++told_;
    const auto found = std::ranges::find(running_, x);
    if (found != running_.end()) running_.erase(found);
  }

  Json ask(const Json& body) {
    if (!body.is_number_integer() || body.get<std::int64_t>() < 1 || body.get<std::int64_t>() > kMostAsked)
      throw std::invalid_argument{"ask needs a whole number (1 to " + std::to_string(kMostAsked) + ")"};
    std::vector<Conditions> running = running_;
    Json points = Json::array(), predicted = Json::array();
    for (auto left = body.get<std::int64_t>(); left > 0; --left) {
      const Suggestion suggestion = engine_->ask(running);
      running.push_back(suggestion.conditions);
      points.push_back(json_of(space_, suggestion.conditions));
      predicted.push_back(json_of(suggestion.predicted));
    }
    record({{"asked", points}});
    running_ = std::move(running);
    return {{"x", points}, {"predicted", predicted}};
  }

  /// Part by part, and then the best of the parts' best: a pool of a million is large as Conditions.
  std::size_t best_of(const Pool& pool) const {
    std::vector<Conditions> winners;
    std::vector<std::size_t> places;
    for (std::size_t first = 0; first < pool.size(); first += kPoolPart) {
      places.push_back(first + engine_->ask_from(pool.part(first, kPoolPart)));
      winners.push_back(pool[places.back()]);
    }
    return winners.size() == 1 ? places.front() : places[engine_->ask_from(winners)];
  }

  Json ask_from(const Json& body, const Pool& pool) const {
    if (!body.is_array() || !body.empty() || pool.size() == 0)
      throw std::invalid_argument{"ask_from needs a list of points"};
    const std::size_t index = best_of(pool);
    const Conditions best = pool[index];
    Json result{{"index", index}, {"x", json_of(space_, best)}};
    if (told_ > 0) result["predicted"] = json_of(engine_->predict(best));
    return result;
  }

  Json predict(const Json& body) const {
    if (!body.is_array() || body.empty() || body.size() > kMostAsked)
      throw std::invalid_argument{"predict needs a list of points (1 to " + std::to_string(kMostAsked) + ")"};
    Json predicted = Json::array();
    for (const Json& x : body) predicted.push_back(json_of(engine_->predict(conditions_of(space_, x))));
    return {{"predicted", predicted}};
  }

  Json state() const {
    Json running = Json::array();
    for (const Conditions& x : running_) running.push_back(json_of(space_, x));
    return {{"told", told_}, {"running", running}};
  }

  const Space& space_;
  std::unique_ptr<Strategy> engine_;
  std::optional<ProposeCheckpoint> checkpoint_;
  int told_ = 0;
  std::optional<double> last_hours_;  ///< of the last tell that said when
  std::vector<Conditions> running_;   ///< asked, not yet told
};

}  // namespace

int propose(const Space& space, const ProposeOptions& options, std::istream& in, std::ostream& out,
            std::ostream& messages) {
  Session session{space, options, messages};
  bool failed = false;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      if (const auto answer = session.answer(line)) out << answer->dump() << std::endl;
    } catch (const std::exception& error) {
      failed = true;
      const std::string what = "line " + std::to_string(number) + ": " + error.what();
      out << Json{{"error", what}}.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
      messages << "nocturne: propose: " << what << '\n';
    }
  }
  return failed ? 2 : 0;
}

}  // namespace nocturne
