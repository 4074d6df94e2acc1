#include "recipes/fault_file.hpp"

#include <algorithm>

#include "recipes/document.hpp"

namespace nocturne {
namespace {

FaultEvent read_event(const Table& table) {
  FaultEvent event;
  event.at = table.read_between<Seconds>("at", "0 s", "1000 h");
  event.instrument = table.at("instrument").filled();
  event.fault = table.at("fault").filled();
  if (const auto lasts = table.find("lasts")) event.lasts = lasts->between<Seconds>("0.001 s", "1000 h");
  event.file_line = table.line();
  return event;
}

FaultScenario scenario_of(const Document& document) {
  const Table root = document.root();
  FaultScenario scenario;
  scenario.file = document.name();
  for (const Table& table : root.tables("fault")) scenario.events.push_back(read_event(table));
  root.finish();
  if (scenario.events.empty()) root.refuse("no faults (needed: at least one [[fault]])");
  std::ranges::stable_sort(scenario.events, {}, &FaultEvent::at);
  return scenario;
}

}  // namespace

FaultScenario read_fault_scenario(const std::filesystem::path& file) {
  return scenario_of(Document::read(file));
}

FaultScenario parse_fault_scenario(const std::string& text, const std::string& name) {
  return scenario_of(Document::parse(text, name));
}

}  // namespace nocturne
