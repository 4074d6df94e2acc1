#include "controller/bench/devices_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "controller/bench/device_advice.hpp"
#include "controller/json.hpp"
#include "devices/concurrency.hpp"
#include "devices/error.hpp"

namespace nocturne {
namespace {

/// Who an instrument says it is and what it reads now.
struct Answer {
  std::string identity;
  Json readings = Json::object();
};

Task<Answer> ask(Pump& pump) {
  Answer answer;
  answer.identity = co_await pump.arm();
  const PumpReading reading = co_await pump.read();
  answer.readings["moving"] = reading.moving;
  answer.readings["min_flow_uL_min"] = in_microliters_per_minute(pump.min_flow());
  answer.readings["max_flow_uL_min"] = in_microliters_per_minute(pump.max_flow());
  co_await pump.stop();
  co_return answer;
}

Task<Answer> ask(Heater& heater) {
  Answer answer;
  answer.identity = co_await heater.arm();
  const HeaterReading reading = co_await heater.read();
  if (!reading.sensor_fault) answer.readings["temperature_C"] = reading.process.celsius();
  answer.readings["output"] = reading.output;
  answer.readings["sensor_fault"] = reading.sensor_fault;
  answer.readings["alarm"] = reading.alarm;
  co_await heater.off();
  co_return answer;
}

Task<Answer> ask(Spectrometer& spectrometer) {
  Answer answer;
  answer.identity = co_await spectrometer.arm();
  const Detector& detector = spectrometer.detector();
  answer.readings["pixels"] = detector.wavelength_nm.size();
  answer.readings["first_nm"] = detector.wavelength_nm[0];
  answer.readings["last_nm"] = detector.wavelength_nm[detector.wavelength_nm.size() - 1];
  const Duration exposure = co_await spectrometer.set_exposure(std::chrono::milliseconds{100});
  const Frame dark = co_await spectrometer.acquire(1);
  answer.readings["exposure_s"] = in_seconds(exposure);
  answer.readings["mean_dark_counts"] = dark.counts.mean();
  co_return answer;
}

Task<Answer> ask(AnalogInput& input) {
  Answer answer;
  answer.identity = co_await input.arm();
  const AnalogReading reading = co_await input.read();
  answer.readings["unit"] = input.unit();
  if (reading.fault.empty())
    answer.readings["value"] = reading.value;
  else
    answer.readings["fault"] = reading.fault;
  co_return answer;
}

Task<Answer> ask(Balance& balance) {
  Answer answer;
  answer.identity = co_await balance.arm();
  const BalanceReading reading = co_await balance.read();
  answer.readings["grams"] = reading.grams;
  answer.readings["stable"] = reading.stable;
  co_return answer;
}

Task<Answer> ask(Valve& valve) {
  Answer answer;
  answer.identity = co_await valve.arm();
  answer.readings["position"] = co_await valve.read();
  answer.readings["positions"] = valve.positions();
  co_return answer;
}

Task<Answer> ask_by_name(BuiltBench& built, const BenchDescription& description, std::string name) {
  Bench& bench = built.bench();
  const auto feed = std::ranges::find(description.feeds, name, &FeedDescription::pump);
  if (feed != description.feeds.end()) co_return co_await ask(*bench.feeds.at(feed->stock));
  if (name == description.heater) co_return co_await ask(bench.reactor);
  if (name == description.spectrometer) co_return co_await ask(bench.flow_cell);
  for (const Interlock& interlock : bench.interlocks)
    if (interlock.input && interlock.input->name() == name) co_return co_await ask(*interlock.input);
  if (name == description.balance) co_return co_await ask(*bench.balance);
  for (const auto& [stock, tap] : bench.taps)
    if (tap.valve.name() == name) co_return co_await ask(tap.valve);
  if (name == description.collector) co_return co_await ask(*bench.collector);
  throw FileError{
      fmt::format("{}: {} has no role on this bench (feed, heater, spectrometer, pressure, interlock, "
                  "balance, collector, refill)",
                  description.file, name)};
}

Task<Json> report(BuiltBench& built, const BenchDescription& description, InstrumentDescription instrument) {
  Json line{{"name", instrument.name}, {"driver", instrument.driver}};
  try {
    Answer answer = co_await ask_by_name(built, description, instrument.name);
    line["ok"] = true;
    line["identity"] = answer.identity;
    line["readings"] = answer.readings;
  } catch (const DeviceError& error) {
    const auto on = std::ranges::find(description.lines, instrument.line, &LineDescription::name);
    line["ok"] = false;
    line["error"] = error.what();
    line["expected"] = expectation(instrument, *on);
    line["try"] = advice(error, instrument, *on);
  } catch (const std::exception& error) {
    if (was_cancelled(std::current_exception())) throw;
    line["ok"] = false;
    line["error"] = error.what();
  }
  line["endpoint"] = built.endpoint(instrument);
  co_return line;
}

std::string for_people(const Json& line) {
  if (line["ok"])
    return fmt::format("ok      {:<16} {:<11} {:<34} {}  {}", line["name"].get<std::string>(),
                       line["driver"].get<std::string>(), line["endpoint"].get<std::string>(),
                       line["identity"].get<std::string>(), line["readings"].dump());
  std::string text = fmt::format("FAILED  {:<16} {:<11} {:<34} {}", line["name"].get<std::string>(),
                                 line["driver"].get<std::string>(), line["endpoint"].get<std::string>(),
                                 line["error"].get<std::string>());
  if (line.contains("expected")) text += "\n        expected: " + line["expected"].get<std::string>();
  if (line.contains("try")) text += "\n        to try: " + line["try"].get<std::string>();
  return text;
}

}  // namespace

Task<void> ask_devices(BuiltBench& built, const BenchDescription& bench,
                       std::function<void(const Json&)> tell) {
  for (const InstrumentDescription& instrument : bench.instruments) {
    const Json told = co_await report(built, bench, instrument);
    tell(told);
  }
}

std::string device_line(const Json& report, bool json) {
  return json ? canonical_text(report) : for_people(report);
}

int check_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, bool json,
                  std::ostream& out) {
  const std::unique_ptr<Clock> clock = clock_for(bench);
  BuiltBench built{*clock, bench, std::move(plant), 1};
  bool all_well = true;
  const auto tell = [&](const Json& told) {
    all_well = all_well && told["ok"].get<bool>();
    out << device_line(told, json) << std::endl;
  };
  clock->run(ask_devices(built, bench, tell));
  return all_well ? 0 : 3;
}

}  // namespace nocturne
