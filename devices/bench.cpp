#include "devices/bench.hpp"

#include <functional>

#include "devices/concurrency.hpp"

namespace nocturne {
namespace {

/// Runs one instrument's way to safety to its end and keeps what went wrong.
Task<void> attempt(std::string what, Task<void> action, std::vector<std::string>& failures) {
  try {
    co_await std::move(action);
  } catch (const std::exception& error) {
    failures.push_back(what + ": " + error.what());
  }
}

Task<void> darken(Spectrometer& spectrometer) {
  co_await spectrometer.set_light(Light::led, false);
  co_await spectrometer.set_light(Light::lamp, false);
}

std::vector<Task<void>> standing_still(Bench& bench, const std::string& flowing,
                                       std::vector<std::string>& failures) {
  std::vector<Task<void>> actions;
  for (const auto& [stock, pump] : bench.feeds)
    if (stock != flowing) actions.push_back(attempt("stop " + stock, pump->stop(), failures));
  actions.push_back(attempt("lights off", darken(bench.flow_cell), failures));
  return actions;
}

}  // namespace

Task<void> lead_to_reactor(Bench& bench) {
  for (const auto& [stock, tap] : bench.taps) co_await tap.valve.go_to(tap.to_reactor);
}

Task<std::vector<std::string>> make_safe(Bench& bench, std::string flowing) {
  std::vector<std::string> failures;
  std::vector<Task<void>> actions = standing_still(bench, flowing, failures);
  actions.insert(actions.begin(), attempt("cut heat", bench.reactor.off(), failures));
  co_await all(std::move(actions));
  co_return failures;
}

Task<std::vector<std::string>> hold(Bench& bench) {
  std::vector<std::string> failures;
  std::vector<Task<void>> actions = standing_still(bench, "", failures);
  co_await all(std::move(actions));
  co_return failures;
}

}  // namespace nocturne
