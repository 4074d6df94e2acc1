#include "controller/bench/wire_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "controller/json.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "devices/ascii.hpp"

namespace nocturne {
namespace {

constexpr const char* kWireFormat = "nocturne wire log";
constexpr int kWireVersion = 1;
constexpr double kLongestRecording_s = 1e7;

double wire_seconds(Instant when) { return std::round(in_seconds(when) * 1e6) / 1e6; }

/// The value of a hexadecimal digit, or 16.
unsigned value_of_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10) : 16;
}

/// Reads one line of the file after the other.
class WireReader {
 public:
  explicit WireReader(std::string file) : file_{std::move(file)} {}

  void header(const std::string& line) {
    parse(line);
    if (!json_.contains("format") || json_["format"] != kWireFormat)
      refuse(fmt::format("is not a wire log (its first line has no \"format\": \"{}\")", kWireFormat));
    if (!json_.contains("version") || json_["version"] != kWireVersion)
      refuse(fmt::format("is of version {} of the format (this program reads {})",
                         json_.contains("version") ? json_["version"].dump() : "?", kWireVersion));
    recording_.file = file_;
    const std::string bench_file = text("bench_file");
    recording_.bench = parse_bench(text("bench"), fmt::format("{}:1: {}", file_, bench_file), "");
    for (const LineDescription& described : recording_.bench.lines) recording_.lines[described.name];
  }

  void entry(const std::string& line) {
    parse(line);
    if (json_.contains("report"))
      report();
    else
      event();
  }

  int& line_number() { return number_; }
  WireRecording take() { return std::move(recording_); }
  [[noreturn]] void refuse(const std::string& what) const {
    throw FileError{fmt::format("{}:{}: {}", file_, number_, what)};
  }

 private:
  void parse(const std::string& line) {
    json_ = Json::parse(line, nullptr, false);
    if (!json_.is_object())
      refuse("is not a JSON object (if the recording was cut off here, this line can be deleted)");
  }
  std::string text(const char* key) const {
    if (!json_.contains(key) || !json_[key].is_string()) refuse(fmt::format("has no text \"{}\"", key));
    std::string value = json_[key].get<std::string>();
    if (std::string_view{key} != "bench" &&
        std::ranges::any_of(value, [](char c) { return c >= 0 && c < ' '; }))
      refuse(fmt::format("has control characters in \"{}\"", key));
    return value;
  }
  Duration time() {
    const bool is_number = json_.contains("t") && json_["t"].is_number();
    const double t = is_number ? json_["t"].get<double>() : -1.0;
    if (!(t >= 0.0 && t <= kLongestRecording_s)) refuse("has no time \"t\" in seconds since the start");
    if (t < last_s_) refuse(fmt::format("goes back in time, from {} to {} s", last_s_, t));
    last_s_ = t;
    return seconds(t);
  }
  std::string bytes() const {
    const std::string digits = text("bytes");
    std::string decoded;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      const unsigned high = value_of_digit(digits[i]), low = value_of_digit(digits[i + 1]);
      if (high > 15 || low > 15) break;
      decoded += static_cast<char>(high << 4 | low);
    }
    if (digits.empty() || 2 * decoded.size() != digits.size())
      refuse("has \"bytes\" that are not pairs of hexadecimal digits (0-9, a-f)");
    return decoded;
  }
  WireEvent what_happened() const {
    if (json_.contains("event")) {
      const std::string event = text("event");
      if (event == "opened") return {WireEvent::Kind::opened, {}};
      if (event == "lost") return {WireEvent::Kind::lost, text("why")};
      if (event == "closed") return {WireEvent::Kind::closed, {}};
      refuse(fmt::format("tells of an event '{}' (known: opened, lost, closed)", event));
    }
    const std::string from = text("from");
    if (from == "host") return {WireEvent::Kind::sent, bytes()};
    if (from != "instrument") refuse(fmt::format("is from '{}' (known: host, instrument)", from));
    return {json_.contains("unread") ? WireEvent::Kind::discarded : WireEvent::Kind::received, bytes()};
  }
  void event() {
    const Duration at = time();
    const std::string name = text("line");
    const auto line = recording_.lines.find(name);
    if (line == recording_.lines.end()) refuse(fmt::format("is of line '{}', which the bench has not", name));
    line->second.push_back(RecordedEvent{at, what_happened(), number_});
  }
  void report() {
    time();
    const std::string name = text("instrument");
    const auto& known = recording_.bench.instruments;
    if (std::ranges::find(known, name, &InstrumentDescription::name) == known.end())
      refuse(fmt::format("is of instrument '{}', which the bench has not", name));
    if (!json_["report"].is_object()) refuse("has a \"report\" that is not an object");
    if (!recording_.reports.emplace(name, WireRecording::Report{number_, reported(json_["report"])}).second)
      refuse(fmt::format("is a second report of {}", name));
  }

  const std::string file_;
  int number_ = 1;
  Json json_;
  double last_s_ = 0.0;
  WireRecording recording_;
};

OrderedJson entry_of(const WireEvent& event) {
  switch (event.kind) {
    case WireEvent::Kind::sent:
      return {{"from", "host"}, {"bytes", hex_digits(event.text)}};
    case WireEvent::Kind::received:
      return {{"from", "instrument"}, {"bytes", hex_digits(event.text)}};
    case WireEvent::Kind::discarded:
      return {{"from", "instrument"}, {"bytes", hex_digits(event.text)}, {"unread", true}};
    case WireEvent::Kind::opened:
      return {{"event", "opened"}, {"to", event.text}};
    case WireEvent::Kind::lost:
      return {{"event", "lost"}, {"why", event.text}};
    case WireEvent::Kind::closed:
      return {{"event", "closed"}};
  }
  return {};
}

}  // namespace

WireLog::WireLog(const std::filesystem::path& file, const BenchDescription& bench) : file_{file.string()} {
  descriptor_ = ::open(file_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  if (descriptor_ < 0 && errno == EEXIST)
    throw FileError{file_ + ": exists already (a recording is never overwritten; choose another --to)"};
  if (descriptor_ < 0) throw FileError{fmt::format("{}: cannot be made ({})", file_, std::strerror(errno))};
  put({{"format", kWireFormat},
       {"version", kWireVersion},
       {"nocturne", NOCTURNE_VERSION},
       {"bench_file", bench.file},
       {"bench", bench.text}});
}

WireLog::~WireLog() { ::close(descriptor_); }

void WireLog::put(const OrderedJson& json) {
  const std::string text = line_of(json) + "\n";
  for (std::size_t done = 0; done < text.size() && error_ == 0;) {
    const ssize_t count = ::write(descriptor_, text.data() + done, text.size() - done);
    if (count >= 0)
      done += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      error_ = errno;
  }
}

void WireLog::write(Instant when, const std::string& line, const WireEvent& event) {
  OrderedJson json{{"t", wire_seconds(when)}, {"line", line}};
  json.update(entry_of(event));
  put(json);
}

void WireLog::write(Instant when, const Json& report) {
  OrderedJson json{{"t", wire_seconds(when)}, {"instrument", report.at("name").get<std::string>()}};
  json["report"] = OrderedJson::parse(canonical_text(report));
  put(json);
}

void WireLog::require_whole() const {
  if (error_ != 0) throw FileError{fmt::format("{}: cannot be written ({})", file_, std::strerror(error_))};
}

WireRecording read_wire_log(const std::filesystem::path& file) {
  const std::string content = bytes_of_file(file);
  WireReader reader{file.string()};
  if (content.empty()) reader.refuse("is empty (not a wire log)");
  for (std::size_t start = 0; start < content.size(); ++reader.line_number()) {
    const std::size_t end = std::min(content.find('\n', start), content.size());
    const std::string line = content.substr(start, end - start);
    if (start == 0)
      reader.header(line);
    else
      reader.entry(line);
    start = end + 1;
  }
  return reader.take();
}

std::string reported(const Json& report) {
  Json kept = Json::object();
  const bool ok = report.value("ok", Json{}) == true;
  kept["ok"] = ok;
  for (const char* key : {"identity", "readings"})
    if (ok && report.contains(key)) kept[key] = report[key];
  return canonical_text(kept);
}

}  // namespace nocturne
