// Makes a long log of a short one, to measure how commands open it: the experiments of a real night again and
// again, with as many readings and frames as are asked for. Usage: nocturne_make_big_log NIGHT.db BIG.db
// [--events N] [--spectra N] [--experiments N]
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/log.hpp"

namespace nocturne::test {
namespace {

struct Size {
  std::int64_t events = 1'000'000, spectra = 100'000;
  int experiments = 1'000;
};

/// A night in three parts; the middle one holds whole experiments.
struct Night {
  std::vector<Event> begin, experiments, end;
  int count = 0;  ///< of experiments
  std::int64_t readings = 0, spectra = 0;
};

Night night_in(const Log& log) {
  Night night;
  std::vector<Event> events = log.events();
  const auto first = std::ranges::find(events, Decided::kind, &Event::kind);
  const auto last = std::find_if(events.rbegin(), events.rend(), is<Finished>).base();
  night.begin.assign(events.begin(), first);
  night.experiments.assign(first, last);
  night.end.assign(last, events.end());
  for (const Event& event : night.experiments) {
    night.count += is<Finished>(event) ? 1 : 0;
    night.readings += is<ReadingTaken>(event) ? 1 : 0;
    night.spectra += std::ssize(event.spectra);
  }
  return night;
}

/// The event as that of a later round.
Event later(Event event, int round, const Night& night) {
  event.time += round * (night.end.front().time - night.experiments.front().time);
  if (!event.experiment) return event;
  *event.experiment += round * night.count;
  auto body = nlohmann::json::parse(event.body);
  if (body.contains("asked")) body["asked"] = *event.experiment;
  event.body = body.dump();
  return event;
}

/// How often something is written in this round so that after `rounds` there are `wanted`.
std::int64_t share(std::int64_t wanted, std::int64_t once, int rounds) {
  return std::max<std::int64_t>(
      1, std::llround(static_cast<double>(wanted) / (static_cast<double>(once) * rounds)));
}

void write(const Night& night, const Size& size, Log& log) {
  const int rounds = std::max(1, size.experiments / night.count);
  const std::int64_t frames = share(size.spectra, night.spectra, rounds);
  const std::int64_t readings = share(size.events - size.spectra, night.readings, rounds);
  for (const Event& event : night.begin) log.note(event);
  for (int round = 0; round < rounds; ++round)
    for (const Event& event : night.experiments) {
      const std::int64_t times = is<ReadingTaken>(event) ? readings : is<FramesTaken>(event) ? frames : 1;
      const Event once = later(event, round, night);
      for (std::int64_t i = 0; i < times; ++i) log.note(once);
    }
  for (const Event& event : night.end) log.append(later(event, rounds - 1, night));
}

}  // namespace
}  // namespace nocturne::test

int main(int argc, char** argv) {
  using namespace nocturne;
  std::string from, to;
  test::Size size;
  CLI::App app{"A long log of a short one"};
  app.add_option("night", from)->required();
  app.add_option("big", to)->required();
  app.add_option("--events", size.events)->capture_default_str();
  app.add_option("--spectra", size.spectra)->capture_default_str();
  app.add_option("--experiments", size.experiments)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const Log night = Log::open(from, Log::Access::read);
    Log big = Log::create(to, night.header());
    test::write(test::night_in(night), size, big);
    std::printf("%lld events\n", static_cast<long long>(big.size()));
  } catch (const FileError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
