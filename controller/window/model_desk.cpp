#include "controller/window/model_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/window/problem.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kModels = 3, kAnswers = 64;

/// What decides which outputs are modelled, and with that how.
std::string name_of(const Subject& subject, const std::optional<Target>& wish) {
  const std::string limits =
      wish ? fmt::format("{} {} {} {}", wish->value, wish->fwhm_max_meV, wish->plqy_min, wish->yield_min)
           : "";
  return fmt::format("{}\n{}\n{}\n{}", subject.id, subject.replaced, subject.last_lesson, limits);
}

/// The value of this name, moved to the front; nothing if there is none.
template <class Value>
Value* remembered(std::list<std::pair<std::string, Value>>& list, const std::string& name) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.first == name; });
  if (found == list.end()) return nullptr;
  list.splice(list.begin(), list, found);
  return &list.front().second;
}

template <class Value>
Value& remember(std::list<std::pair<std::string, Value>>& list, std::size_t most, const std::string& name,
                Value value) {
  list.emplace_front(name, std::move(value));
  if (list.size() > most) list.pop_back();
  return list.front().second;
}

}  // namespace

const ModelDesk::Known& ModelDesk::known(const Subject& subject, const std::string& name,
                                         const std::optional<Target>& wish) {
  if (const auto* found = remembered(models_, name)) return **found;
  const Log log = Log::open(subject.file, Log::Access::read);
  auto known = std::make_unique<Known>();
  known->record = read_campaign(log, subject.last_lesson);
  known->model = logged_model(known->record, subject.id, wish);
  return *remember(models_, kModels, name, std::move(known));
}

OrderedJson ModelDesk::answer(
    const Subject& subject, const std::string& question, const std::optional<Target>& wish,
    const std::function<OrderedJson(const LoggedModel&, const CampaignRecord&)>& make) {
  const std::lock_guard lock{mutex_};
  const std::string name = name_of(subject, wish), whole = name + "\n" + question;
  if (const OrderedJson* found = remembered(answers_, whole)) return *found;
  const Known& all = known(subject, name, wish);
  return remember(answers_, kAnswers, whole, make(all.model, all.record));
}

}  // namespace nocturne
