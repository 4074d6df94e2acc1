#include "controller/bench/devices_wire.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "controller/bench/devices_command.hpp"
#include "controller/bench/wire_log.hpp"
#include "controller/json.hpp"
#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/tapped_link.hpp"

namespace nocturne {
namespace {

constexpr int kAsRecorded = 0, kDifferent = 3;

/// Opens the lines as usual and writes down what travels.
class WireRecorder final : public LineOpener {
 public:
  explicit WireRecorder(Clock& clock) : clock_{clock} {}
  void write_to(WireLog& log) { log_ = &log; }

  Task<std::unique_ptr<ByteLink>> open(std::string line, Line::Opener usual) override {
    try {
      std::unique_ptr<ByteLink> link = co_await usual();
      co_return tapped(std::move(link), line);
    } catch (const DeviceError& error) {
      log_->write(clock_.now(), line, WireEvent{WireEvent::Kind::lost, error.what()});
      throw;
    }
  }

 private:
  std::unique_ptr<ByteLink> tapped(std::unique_ptr<ByteLink> link, const std::string& line) {
    return std::make_unique<TappedLink>(
        std::move(link), [this, line](const WireEvent& event) { log_->write(clock_.now(), line, event); });
  }

  Clock& clock_;
  WireLog* log_ = nullptr;
};

/// Something that was not as recorded.
struct Deviation {
  int file_line = 0;
  std::string what;
};

/// The recorded instruments at the ends of all lines.
class WirePlayback final : public LineOpener {
 public:
  WirePlayback(Clock& clock, const WireRecording& recording) : differed_{clock.io()} {
    for (const auto& [name, events] : recording.lines)
      lines_.try_emplace(name, clock, name, events, [this, line = name](const WireDifference& difference) {
        add(line, difference);
        is_over_ = true;
        differed_.notify_all();
      });
  }

  Task<std::unique_ptr<ByteLink>> open(std::string line, Line::Opener) override {
    co_return lines_.at(line).open();
  }

  /// Completes at the first other request.
  Task<void> difference() {
    while (!is_over_) co_await differed_.wait();
  }
  void compare(const WireRecording& recording, const Json& told) {
    const auto then = recording.reports.find(told["name"].get<std::string>());
    if (then == recording.reports.end() || then->second.of == reported(told)) return;
    deviations_.push_back(
        {then->second.file_line,
         fmt::format("instrument {}: recorded {}, now {}", then->first, then->second.of, reported(told))});
  }
  /// After a check that went to its end: what was recorded and not asked again.
  void look_for_rests() {
    if (is_over_) return;
    for (const auto& [name, line] : lines_)
      if (const auto rest = line.rest())
        deviations_.push_back(
            {rest->file_line,
             fmt::format("line {}: recorded {} was not sent again{}", name, bytes_in_words(rest->request),
                         rest->count > 1 ? fmt::format(", nor {} later", rest->count - 1) : "")});
  }

  int agreed() const {
    int sum = 0;
    for (const auto& [name, line] : lines_) sum += line.agreed();
    return sum;
  }
  const std::vector<Deviation>& deviations() const { return deviations_; }

 private:
  void add(const std::string& line, const WireDifference& difference) {
    const std::string expected = difference.expected.empty() ? "nothing more (the recording ends)"
                                                             : bytes_in_words(difference.expected);
    deviations_.push_back({difference.file_line, fmt::format("line {}: expected {}, got {}", line, expected,
                                                             bytes_in_words(difference.got))});
  }

  Signal differed_;
  bool is_over_ = false;
  std::map<std::string, PlaybackLine> lines_;
  std::vector<Deviation> deviations_;
};

/// For a bench that is only looked at.
class NoLines final : public LineOpener {
 public:
  Task<std::unique_ptr<ByteLink>> open(std::string line, Line::Opener) override {
    throw DeviceError{DeviceFault::unreachable, line, "is not there"};
    co_return nullptr;
  }
};

/// Virtual time, unless a recorded Modbus instrument took real time to answer: the library waits in real
/// time.
std::unique_ptr<Clock> playback_clock(const BenchDescription& bench) {
  auto fast = std::make_unique<VirtualClock>();
  if (is_wholly_virtual(bench)) return fast;
  NoLines none;
  const BuiltBench looked_at{*fast, bench, std::nullopt, 1, &none};
  if (looked_at.any_modbus()) return std::make_unique<SystemClock>();
  return fast;
}

int requests_of(const WireRecording& recording) {
  int count = 0;
  for (const auto& [name, events] : recording.lines)
    for (const RecordedEvent& event : events) count += event.event.kind == WireEvent::Kind::sent ? 1 : 0;
  return count;
}

int tell_outcome(const WireRecording& recording, const WirePlayback& instruments, bool json,
                 std::ostream& out, std::ostream& messages) {
  const int recorded = requests_of(recording), agreed = instruments.agreed();
  Json differences = Json::array();
  for (const Deviation& deviation : instruments.deviations()) {
    messages << fmt::format("nocturne: {}:{}: {}\n", recording.file, deviation.file_line, deviation.what);
    differences.push_back({{"file_line", deviation.file_line}, {"what", deviation.what}});
  }
  if (json)
    out << canonical_text({{"recorded", recorded}, {"agreed", agreed}, {"differences", differences}});
  else
    out << fmt::format("{} of {} recorded exchanges agree", agreed, recorded);
  out << std::endl;
  return differences.empty() ? kAsRecorded : kDifferent;
}

}  // namespace

int record_devices(const BenchDescription& bench, std::optional<PlantParameters> plant,
                   const std::filesystem::path& to, bool json, std::ostream& out) {
  const std::unique_ptr<Clock> clock = clock_for(bench);
  std::optional<WireLog> log;  // made when the bench is known to be sound, closed after it
  WireRecorder recorder{*clock};
  BuiltBench built{*clock, bench, std::move(plant), 1, &recorder};
  recorder.write_to(log.emplace(to, bench));
  bool all_well = true;
  const auto tell = [&](const Json& told) {
    log->write(clock->now(), told);
    log->require_whole();
    all_well = all_well && told["ok"].get<bool>();
    out << device_line(told, json) << std::endl;
  };
  clock->run(ask_devices(built, bench, tell));
  return all_well ? 0 : 3;
}

int play_back_devices(const std::filesystem::path& file, bool json, std::ostream& out,
                      std::ostream& messages) {
  const WireRecording recording = read_wire_log(file);
  const std::unique_ptr<Clock> clock = playback_clock(recording.bench);
  WirePlayback instruments{*clock, recording};
  BuiltBench built{*clock, recording.bench, std::nullopt, 1, &instruments};
  const std::function<void(const Json&)> tell = [&](const Json& told) {
    out << device_line(told, json) << std::endl;
    instruments.compare(recording, told);
  };
  auto until_different = [&]() -> Task<void> {
    Task<void> asking = ask_devices(built, recording.bench, tell);
    co_await race(std::move(asking), instruments.difference());
  };
  clock->run(until_different());
  instruments.look_for_rests();
  return tell_outcome(recording, instruments, json, out, messages);
}

}  // namespace nocturne
