#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "controller/bench/devices_command.hpp"
#include "controller/bench/devices_wire.hpp"
#include "controller/bench/wire_log.hpp"
#include "controller/virtual/virtual_side.hpp"
#include "devices/tcp_link.hpp"
#include "recipes/library.hpp"
#include "recipes/plant_file.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

std::vector<std::string> lines_in(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Records shipped benches and plays them back, as they are or changed in between.
struct WireLab {
  TemporaryFolder folder;
  const std::filesystem::path file = folder / "wire.jsonl";
  std::ostringstream out, messages;

  static BenchDescription shipped(const std::string& bench) {
    return read_bench(find_shipped(bench, "benches"));
  }
  int record(const BenchDescription& bench) {
    return record_devices(bench, bench.plant ? std::optional{read_plant(*bench.plant)} : std::nullopt, file,
                          true, out);
  }
  int play() {
    out.str({});
    messages.str({});
    return play_back_devices(file, true, out, messages);
  }
  std::vector<std::string> entries() const { return lines_in(file_text(file)); }
  void keep(const std::vector<std::string>& entries) {
    std::string text;
    for (const std::string& entry : entries) text += entry + "\n";
    write_file(file, text);
  }
  /// Where the nth entry stands that holds both words: its index, which is its file line - 1.
  std::size_t find(const std::string& word, const std::string& other = "", int nth = 1) const {
    const std::vector<std::string> all = entries();
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i].find(word) != std::string::npos && all[i].find(other) != std::string::npos && --nth == 0)
        return i;
    FAIL("no entry with " << word << " and " << other);
    return 0;
  }
  void change(std::size_t entry, const std::string& from, const std::string& to) {
    std::vector<std::string> all = entries();
    all[entry] = replaced(all[entry], from, to);
    keep(all);
  }
  std::string place(std::size_t entry) const {
    return file.string() + ":" + std::to_string(entry + 1) + ": ";
  }
  /// The last line of JSON that a playback prints.
  Json outcome() const { return Json::parse(lines_in(out.str()).back()); }
};

/// Without where it was reached.
std::vector<std::string> reports_of(const std::string& text) {
  std::vector<std::string> reports;
  for (const std::string& line : lines_in(text)) {
    Json json = Json::parse(line);
    json.erase("endpoint");
    if (json.contains("name")) reports.push_back(json.dump());
  }
  return reports;
}

TEST_CASE_FIXTURE(WireLab,
                  "devices record: what is recorded of a bench plays back entirely, with the same reports") {
  const char* name = nullptr;
  std::size_t instruments = 0;
  SUBCASE("the virtual bench") { name = "virtual", instruments = 6; }
  SUBCASE("the bench of many makers") { name = "virtual_mixed", instruments = 9; }
  REQUIRE(record(shipped(name)) == 0);
  const std::vector<std::string> recorded = reports_of(out.str());
  CHECK(recorded.size() == instruments);
  CHECK(play() == 0);
  CHECK(messages.str().empty());
  CHECK(reports_of(out.str()) == recorded);
  CHECK(outcome()["agreed"] > 20);
  CHECK(outcome()["agreed"] == outcome()["recorded"]);
  CHECK(outcome()["differences"].empty());
}

TEST_CASE_FIXTURE(WireLab, "devices record: asks as devices check does, and tells the same") {
  const BenchDescription bench = shipped("virtual_mixed");
  std::ostringstream checked;
  REQUIRE(check_devices(bench, read_plant(*bench.plant), true, checked) == 0);
  record(bench);
  const auto without_noise = [](std::vector<std::string> reports) {
    std::erase_if(reports, [](const std::string& report) {
      return report.find("mean_dark") != std::string::npos || report.find("grams") != std::string::npos;
    });
    return reports;
  };
  const auto recorded = without_noise(reports_of(out.str())), told = without_noise(reports_of(checked.str()));
  REQUIRE(recorded.size() == told.size());
  for (std::size_t i = 0; i < told.size(); ++i) CHECK(recorded[i] == told[i]);
}

TEST_CASE_FIXTURE(WireLab,
                  "devices record: the file tells the bench, then every line's events in the order of time") {
  const BenchDescription bench = shipped("virtual");
  record(bench);
  const std::vector<std::string> all = entries();
  const Json header = Json::parse(all.at(0));
  CHECK(header["format"] == "nocturne wire log");
  CHECK(header["version"] == 1);
  CHECK(header["bench"] == bench.text);
  CHECK(header["bench_file"] == bench.file);
  CHECK(header.contains("nocturne"));
  double last = 0.0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Json entry = Json::parse(all[i]);
    CHECK(entry["t"].get<double>() >= last);
    last = entry["t"].get<double>();
  }
  CHECK(find("\"event\":\"opened\"", "\"pumps\"") < find("\"from\":\"host\"", "\"pumps\""));
  CHECK(find("\"from\":\"host\"", "\"heating\"") < find("\"from\":\"instrument\"", "\"heating\""));
  const Json frame = Json::parse(all[find("\"from\":\"host\"", "\"heating\"")]);
  CHECK(frame["bytes"].get<std::string>().starts_with(
      "0103"));  // an RTU frame, whole: unit, function, ..., CRC
  CHECK(frame["bytes"].get<std::string>().size() == 16);
}

TEST_CASE_FIXTURE(WireLab,
                  "devices record: an existing file is not overwritten, a wrong path is told in one line") {
  write_file(file, "precious\n");
  const std::string refused = refusal([&] { record(shipped("virtual")); });
  CHECK(refused.starts_with(file.string() + ": exists already"));
  CHECK(file_text(file) == "precious\n");
  const BenchDescription bench = shipped("virtual");
  const std::string missing = (folder / "no" / "wire.jsonl").string();
  CHECK(refusal([&] { record_devices(bench, read_plant(*bench.plant), missing, true, out); }) ==
        missing + ": cannot be made (No such file or directory)");
  CHECK(out.str().empty());
}

/// No file may become longer, as on a full disk, until the end of the scope.
class ShortFiles {
 public:
  explicit ShortFiles(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~ShortFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE_FIXTURE(WireLab,
                  "devices record: a file that cannot be written further is told, and keeps what was seen") {
  constexpr rlim_t most = 12'000;
  std::string told;
  {
    const ShortFiles full{most};
    told = refusal([&] { record(shipped("virtual")); });
  }
  CHECK(told == file.string() + ": cannot be written (File too large)");
  CHECK(std::filesystem::file_size(file) == most);
  CHECK(out.str().find("pump_cs_pb") != std::string::npos);
}

TEST_CASE_FIXTURE(WireLab, "devices record: a wrong bench leaves no file behind") {
  BenchDescription bench = shipped("virtual_mixed");
  bench.instruments.back().settings["colour"] = "blue";
  CHECK(refusal([&] { record(bench); }).find("colour") != std::string::npos);
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE_FIXTURE(
    WireLab, "devices playback: a changed reply is told with its line where it changes what is reported") {
  record(shipped("virtual_mixed"));
  const std::size_t identity = find("\"from\":\"instrument\"", hex_digits("340195"));  // it came in pieces
  change(identity, hex_digits("340195"), hex_digits("340196"));
  CHECK(play() == 3);
  const std::size_t report = find("\"instrument\":\"scale\"");
  CHECK(messages.str().starts_with("nocturne: " + place(report) + "instrument scale: recorded {"));
  CHECK(messages.str().find("B027340196") != std::string::npos);
  CHECK(outcome()["agreed"] == outcome()["recorded"]);
  CHECK(outcome()["differences"][0]["file_line"] == report + 1);
}

TEST_CASE_FIXTURE(WireLab,
                  "devices playback: a reply that is no longer sound makes the driver ask something else") {
  record(shipped("virtual"));
  std::size_t reply = 0;
  SUBCASE("in text") { reply = find("\"from\":\"instrument\"", "\"pumps\"", 4); }
  SUBCASE("in a Modbus frame") { reply = find("\"from\":\"instrument\"", "\"heating\"", 8); }
  const Json entry = Json::parse(entries()[reply]);
  const std::string bytes = entry["bytes"];
  const std::string last = bytes.substr(bytes.size() - 2);
  change(reply, last + "\"", (last == "00" ? "01" : "00") + std::string{"\""});
  CHECK(play() == 3);
  CAPTURE(messages.str());
  CHECK(messages.str().starts_with("nocturne: " + file.string() + ":"));
  const std::size_t told = outcome()["differences"][0]["file_line"];
  CHECK(told > reply + 1);
}

TEST_CASE_FIXTURE(
    WireLab,
    "devices playback: a changed request is told with its line, what was expected and what was sent") {
  record(shipped("virtual"));
  const std::size_t request = find("\"from\":\"host\"", hex_digits("2VER"));
  change(request, hex_digits("2VER"), hex_digits("2VES"));
  CHECK(play() == 3);
  CAPTURE(messages.str());
  CHECK(messages.str().starts_with("nocturne: " + place(request) + "line pumps: expected "));
  CHECK(messages.str().find("2VES") < messages.str().find("got"));
  CHECK(messages.str().find("2VER") > messages.str().find("got"));
  CHECK(messages.str().find("32 56 45 52 ") != std::string::npos);
  CHECK(lines_in(messages.str()).size() == 1);
  CHECK(reports_of(out.str()).size() == 2);  // it stopped there
  CHECK(outcome()["agreed"] < outcome()["recorded"]);
}

TEST_CASE_FIXTURE(WireLab, "devices playback: a changed Modbus request is told, too") {
  record(shipped("virtual"));
  const std::size_t request = find("\"from\":\"host\"", "\"heating\"", 3);
  change(request, "\"bytes\":\"01", "\"bytes\":\"02");
  CHECK(play() == 3);
  CHECK(messages.str().starts_with("nocturne: " + place(request) + "line heating: expected 02 "));
  CHECK(lines_in(messages.str()).size() == 1);
}

TEST_CASE_FIXTURE(WireLab,
                  "devices playback: a driver that asks something else is told with both byte strings") {
  record(shipped("virtual"));
  change(0, "address = 2", "address = 7");
  CHECK(play() == 3);
  const std::size_t request = find("\"from\":\"host\"", hex_digits("2SAF0"));
  CAPTURE(messages.str());
  CHECK(messages.str().starts_with("nocturne: " + place(request) +
                                   "line pumps: expected 02 09 32 53 41 46 30 "));
  CHECK(messages.str().find("got 02 09 37 53 41 46 30 ") != std::string::npos);
}

TEST_CASE_FIXTURE(WireLab, "devices playback: a recorded request that is not asked again is a difference") {
  record(shipped("virtual"));
  std::vector<std::string> all = entries();
  const std::string t = Json::parse(all.back())["t"].dump();
  all.push_back(R"({"t":)" + t + R"(,"line":"optics","from":"host","bytes":"41420d"})");
  keep(all);
  CHECK(play() == 3);
  CHECK(messages.str() == "nocturne: " + place(all.size() - 1) +
                              "line optics: recorded 41 42 0d \"AB\\r\" was not sent again\n");
  CHECK(reports_of(out.str()).size() == 6);
}

TEST_CASE_FIXTURE(WireLab,
                  "devices playback: a recording that was cut off between two entries ends where it ends") {
  record(shipped("virtual"));
  std::vector<std::string> all = entries();
  const std::size_t cut = find("\"from\":\"host\"", "\"pumps\"", 9);
  all.resize(cut);
  keep(all);
  CHECK(play() == 3);
  CAPTURE(messages.str());
  CHECK(messages.str().find("line pumps: expected nothing more (the recording ends), got ") !=
        std::string::npos);
  CHECK(outcome()["agreed"] == 8);
}

TEST_CASE_FIXTURE(WireLab, "devices playback: damaged and foreign files are refused with file and line") {
  record(shipped("virtual"));
  const std::size_t entry = find("\"from\":\"host\"", "\"pumps\"", 3);
  const auto refused = [&](std::size_t at, const std::vector<const char*>& words) {
    const std::string told = refusal([&] { play(); });
    check_refusal(told, file.string() + ":" + std::to_string(at + 1), {});
    for (const std::string word : words) CHECK_MESSAGE(told.find(word) != std::string::npos, told);
  };
  SUBCASE("cut in the middle of an entry") {
    const std::string text = file_text(file);
    write_file(file, text.substr(0, text.find("\"bytes\"", text.find("\"bytes\"") + 10) + 12));
    refused(entries().size() - 1, {"JSON", "cut off"});
  }
  SUBCASE("not JSON") {
    write_file(file, "name = \"a bench\"\n");
    refused(0, {"JSON"});
  }
  SUBCASE("other JSON") {
    write_file(file, "{\"peak_nm\": 510}\n");
    refused(0, {"not a wire log", "nocturne wire log"});
  }
  SUBCASE("empty") {
    write_file(file, "");
    refused(0, {"empty"});
  }
  SUBCASE("another version") {
    change(0, "\"version\":1", "\"version\":2");
    refused(0, {"version 2", "reads 1"});
  }
  SUBCASE("a bench that is none") {
    change(0, "heater = ", "heatre = ");
    refused(0, {"virtual.toml", "heat"});
  }
  SUBCASE("bytes that are none") {
    change(entry, "\"bytes\":\"", "\"bytes\":\"g");
    refused(entry, {"hexadecimal"});
  }
  SUBCASE("half a byte") {
    change(entry, "\"bytes\":\"", "\"bytes\":\"0");
    refused(entry, {"hexadecimal"});
  }
  SUBCASE("another line") {
    change(entry, "\"line\":\"pumps\"", "\"line\":\"valves\"");
    refused(entry, {"'valves'"});
  }
  SUBCASE("from nobody") {
    change(entry, "\"from\":\"host\"", "\"from\":\"ghost\"");
    refused(entry, {"'ghost'", "host, instrument"});
  }
  SUBCASE("an unknown event") {
    change(find("\"event\":\"opened\""), "opened", "exploded");
    refused(find("exploded"), {"'exploded'", "opened, lost, closed"});
  }
  SUBCASE("backwards in time") {
    change(entry, "\"t\":0.", "\"t\":99.");
    refused(entry + 1, {"goes back in time"});
  }
  SUBCASE("without time") {
    change(entry, "\"t\":", "\"when\":");
    refused(entry, {"\"t\""});
  }
  SUBCASE("no such file") {
    std::filesystem::remove(file);
    refused(0, {"no such file"});
  }
}

/// The shipped bench with real ports at which nothing is.
BenchDescription bench_of_missing_ports() {
  std::string text = file_text(find_shipped("virtual", "benches"));
  text = replaced(text, "plant = ", "# plant = ");
  text = replaced(text, "kind = \"virtual\"", "kind = \"serial\"\ndevice = \"/dev/no_such_port_1\"");
  text = replaced(text, "kind = \"virtual\"", "kind = \"serial\"\ndevice = \"/dev/no_such_port_2\"");
  text = replaced(text, "kind = \"virtual\"\nport = 5601", "kind = \"tcp\"\nhost = \"127.0.0.1\"\nport = 1");
  return parse_bench(text, "missing.toml", "");
}

TEST_CASE_FIXTURE(WireLab, "devices record: ports that are not there are recorded, and play back as such") {
  CHECK(record(bench_of_missing_ports()) == 3);
  for (const char* line : {"\"pumps\"", "\"heating\"", "\"optics\""}) {
    const std::string entry = entries()[find("\"event\":\"lost\"", line)];
    CHECK_MESSAGE(entry.find("cannot be ") != std::string::npos, entry);
  }
  CHECK(out.str().find("\"rtu:/dev/no_such_port_2\"") != std::string::npos);
  CHECK(play() == 0);
  for (const std::string& report : reports_of(out.str()))
    CHECK(report.find("\"ok\":false") != std::string::npos);
  CHECK(outcome()["recorded"] == 0);
}

/// The virtual instruments of the shipped bench behind real ports, as `devices serve` offers them.
class ServedBench {
 public:
  explicit ServedBench(bool heater_on_tcp) : heater_on_tcp_{heater_on_tcp} {
    std::promise<std::vector<VirtualSide::Offer>> offered;
    auto offers = offered.get_future();
    server_ = std::thread{[this, &offered] { serve(offered); }};
    offers_ = offers.get();
  }
  ~ServedBench() {
    is_over_ = true;
    server_.join();
  }
  BenchDescription bench() const {
    std::string text = replaced(file_text(find_shipped("virtual", "benches")), "plant = ", "# plant = ");
    const std::string port = "kind = \"virtual\"\nbaud = 19200";
    text = replaced(text, port, serial("pumps"));
    text = replaced(text, port, heater_on_tcp_ ? tcp("heating") : serial("heating"));
    text = replaced(text, "kind = \"virtual\"\nport = 5601", tcp("optics"));
    return parse_bench(text, "served.toml", "");
  }

 private:
  static int free_port() {
    SystemClock clock;
    return TcpListener{clock, "127.0.0.1", 0}.port();
  }
  void serve(std::promise<std::vector<VirtualSide::Offer>>& offered) {
    SystemClock clock;
    BenchDescription description = WireLab::shipped("virtual");
    for (LineDescription& line : description.lines)
      line.port = line.name == "optics" || (line.name == "heating" && heater_on_tcp_) ? free_port() : 0;
    VirtualSide side{clock, description, read_plant(*description.plant), 1};
    offered.set_value(side.offer());
    auto until_over = [&]() -> Task<void> {
      while (!is_over_) co_await clock.sleep_for(std::chrono::milliseconds{5});
    };
    clock.run(until_over());
  }
  std::string endpoint(const std::string& line) const {
    return std::ranges::find(offers_, line, &VirtualSide::Offer::line)->endpoint;
  }
  std::string serial(const std::string& line) const {
    return "kind = \"serial\"\ndevice = \"" + endpoint(line) + "\"\nbaud = 19200";
  }
  std::string tcp(const std::string& line) const {
    const std::string at = endpoint(line);
    return "kind = \"tcp\"\nhost = \"127.0.0.1\"\nport = " + at.substr(at.rfind(':') + 1);
  }

  const bool heater_on_tcp_;
  std::vector<VirtualSide::Offer> offers_;
  std::atomic<bool> is_over_ = false;
  std::thread server_;
};

TEST_CASE_FIXTURE(
    WireLab, "devices record: a bench of real ports is recorded through them, and plays back without them") {
  std::string heater;
  std::vector<std::string> recorded;
  {
    bool heater_on_tcp = false;
    SUBCASE("Modbus on a serial port") { heater = "\"endpoint\":\"rtu:/dev/"; }
    SUBCASE("Modbus TCP") {
      heater_on_tcp = true;
      heater = "\"endpoint\":\"modbus-tcp://127.0.0.1:";
    }
    const ServedBench served{heater_on_tcp};
    REQUIRE(record(served.bench()) == 0);
    recorded = reports_of(out.str());
    CHECK(out.str().find(heater) != std::string::npos);
  }
  CHECK(recorded.size() == 6);
  CHECK(play() == 0);
  CAPTURE(messages.str());
  CHECK(reports_of(out.str()) == recorded);
  CHECK(out.str().find(heater) != std::string::npos);
  CHECK(outcome()["agreed"] == outcome()["recorded"]);
}

}  // namespace
}  // namespace nocturne::test
