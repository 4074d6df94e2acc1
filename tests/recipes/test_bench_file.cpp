#include <doctest/doctest.h>

#include "recipes/bench_file.hpp"
#include "recipes/document.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string& good_bench() {
  static const std::string text = read_text_file(NOCTURNE_SOURCE_DIR "/recipes/benches/example_lab.toml");
  return text;
}

const std::string& simulated() {
  static const std::string text = read_text_file(NOCTURNE_SOURCE_DIR "/recipes/benches/virtual.toml");
  return text;
}

std::string bench_message(const std::string& text) {
  return refusal([&] { parse_bench(text, "b.toml", "/somewhere"); });
}

/// The example bench with one change must be refused `lines_below` the line of the change.
void check_bench_change(const std::string& from, const std::string& to,
                        std::initializer_list<const char*> words, int lines_below = 0) {
  const int line = std::stoi(line_of(good_bench(), from)) + lines_below;
  check_refusal(bench_message(replaced(good_bench(), from, to)), "b.toml:" + std::to_string(line), words);
}

}  // namespace

TEST_CASE("bench: everything in the file arrives") {
  const BenchDescription bench = parse_bench(good_bench(), "b.toml", "/somewhere");
  CHECK(bench.name == "example laboratory");
  CHECK(bench.text == good_bench());
  CHECK(bench.file == "b.toml");
  CHECK_FALSE(bench.plant);
  REQUIRE(bench.lines.size() == 3);
  CHECK(bench.lines[0].kind == "serial");
  CHECK(bench.lines[0].device.rfind("/dev/serial/by-id/", 0) == 0);
  CHECK(bench.lines[0].baud == 19200);
  CHECK(bench.lines[1].parity == "none");
  CHECK(bench.lines[2].kind == "tcp");
  CHECK(bench.lines[2].host == "192.168.254.254");
  CHECK(bench.lines[2].port == 57357);
  REQUIRE(bench.instruments.size() == 6);
  CHECK(bench.instruments[3].name == "pump_diluent");
  CHECK(bench.instruments[3].driver == "new_era");
  CHECK(bench.instruments[3].address == 3);
  CHECK(bench.instruments[4].address == 1);
  CHECK(bench.heater == "oven");
  CHECK(bench.spectrometer == "flow_cell");
  REQUIRE(bench.feeds.size() == 4);
  CHECK(bench.feeds[1].stock == "bromide");
  CHECK(bench.feeds[1].pump == "pump_bromide");
  CHECK(bench.feeds[1].syringe.diameter == millimeters(26.59));
  CHECK(bench.feeds[3].syringe.volume == milliliters(140.0));
  CHECK(bench.reactor.inner_diameter == millimeters(1.016));
  CHECK(in_microliters(bench.reactor.mixer_volume) == doctest::Approx(243.0));
  CHECK(in_microliters(bench.reactor.heated_volume) == doctest::Approx(486.0));
  CHECK(in_microliters(bench.reactor.cooled_volume) == doctest::Approx(100.0));
  CHECK(in_microliters(bench.reactor.cell_volume) == doctest::Approx(30.0));
  CHECK(bench.limits.max_temperature == Temperature::from_celsius(200.0));
  CHECK(in_milliliters_per_minute(bench.limits.max_total_flow) == doctest::Approx(6.0));
  CHECK(bench.limits.lost_after == Seconds{2.5});
}

TEST_CASE("bench: a virtual bench names its plant beside its own file") {
  const BenchDescription bench = parse_bench(simulated(), "b.toml", "/lab/benches");
  REQUIRE(bench.plant);
  CHECK(bench.plant->string() == "/lab/plants/cspbbr3.toml");
  CHECK(bench.lines[2].port == 5601);
  CHECK(bench.lines[2].baud == 0);
}

TEST_CASE("bench: settings of a driver stay text and keep their line") {
  const std::string text =
      replaced(good_bench(), "address = 3\n", "address = 3\nbolus = 1.5\nmode = \"safe\"\n");
  const BenchDescription bench = parse_bench(text, "b.toml", "");
  const InstrumentDescription& pump = bench.instruments[3];
  CHECK(pump.settings.at("bolus") == "1.5");
  CHECK(pump.settings.at("mode") == "safe");
  CHECK(std::to_string(pump.setting_lines.at("mode")) == line_of(text, "mode = \"safe\""));
  CHECK(std::to_string(pump.file_line + 1) == line_of(text, "name = \"pump_diluent\""));
  CHECK(std::to_string(pump.setting_lines.at("driver") - 1) == line_of(text, "name = \"pump_diluent\""));
}

TEST_CASE("bench: tables among a driver's settings become keys with dots, in their lines") {
  const std::string text =
      replaced(good_bench(), "address = 3\n",
               "address = 3\nlimit = { register = 0x24, scale = 0.1 }\nmode.deep.on = true\n");
  const BenchDescription bench = parse_bench(text, "b.toml", "");
  const InstrumentDescription& pump = bench.instruments[3];
  CHECK(pump.settings.at("limit.register") == "36");
  CHECK(pump.settings.at("limit.scale") == "0.1");
  CHECK(pump.settings.at("mode.deep.on") == "true");
  CHECK_FALSE(pump.settings.contains("limit"));
  CHECK(std::to_string(pump.setting_lines.at("limit.scale")) == line_of(text, "limit = "));
}

TEST_CASE("bench: a line of RTU frames in TCP has a host and a port") {
  const BenchDescription bench =
      parse_bench(replaced(good_bench(), "kind = \"tcp\"", "kind = \"rtu_tcp\""), "b.toml", "");
  CHECK(bench.lines[2].kind == "rtu_tcp");
  CHECK(bench.lines[2].host == "192.168.254.254");
  CHECK(bench.lines[2].port == 57357);
}

TEST_CASE("bench: an unknown driver is left to the builder, but not its address") {
  CHECK(
      bench_message(replaced(good_bench(), "driver = \"ocean_obp\"", "driver = \"homemade\"\naddress = 300"))
          .empty());
  check_bench_change("driver = \"ocean_obp\"\nline = \"optics\"",
                     "driver = \"x\"\nline = \"optics\"\naddress = -1", {"-1", "0 to 65535"}, 2);
}

TEST_CASE("bench: wrong lines are refused in their line") {
  check_bench_change("kind = \"tcp\"", "kind = \"udp\"", {"'udp'", "serial, tcp, rtu_tcp or virtual"});
  check_bench_change("port = 57357", "port = 70000", {"70000", "1 to 65535"});
  check_bench_change("port = 57357", "baud = 9600", {"'port' is missing", "'line'"}, -4);
  check_bench_change("port = 57357", "port = 57357\nbaud = 9600\n#", {"unknown key 'baud'", "host"}, 1);
  check_bench_change("baud = 19200", "baud = 10", {"'baud' = 10", "300 to"});
  check_bench_change("parity = \"none\"", "parity = \"mark\"", {"'mark'", "none, even or odd"});
  check_bench_change("name = \"heating\"", "name = \"pumps\"", {"'pumps'", "second time"});
  check_bench_change("device = \"/dev/serial/by-id/usb-FTDI_USB-RS485_Cable_FT4YJ1CQ-if00-port0\"",
                     "device = \"/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0\"",
                     {"'heating'", "like the line of line"}, -3);
  check_bench_change("host = \"192.168.254.254\"", "host = \"\"", {"host is empty"});
}

TEST_CASE("bench: wrong instruments are refused in their line") {
  check_bench_change("line = \"heating\"", "line = \"heatin\"",
                     {"no line 'heatin'", "did you mean 'heating'"});
  check_bench_change("address = 2", "address = 1",
                     {"'pump_bromide' and 'pump_amine'", "address 1", "'pumps'"}, -4);
  check_bench_change("address = 3", "address = 100", {"100", "0 to 99"});
  check_bench_change("driver = \"new_era\"\nline = \"pumps\"\naddress = 3",
                     "driver = \"harvard\"\nline = \"pumps\"\naddress = 100", {"100", "0 to 99"}, 2);
  check_bench_change("driver = \"eurotherm\"\nline = \"heating\"\naddress = 1",
                     "driver = \"eurotherm\"\nline = \"heating\"\naddress = 248", {"248", "1 to 247"}, 2);
  check_bench_change("driver = \"eurotherm\"\nline = \"heating\"\naddress = 1",
                     "driver = \"eurotherm\"\nline = \"heating\"", {"'oven' has no 'address'", "1 to 247"},
                     -2);
  check_bench_change("name = \"pump_amine\"", "name = \"pump_bromide\"", {"'pump_bromide'", "second time"});
}

TEST_CASE("bench: wrong feeds are refused in their line") {
  check_bench_change("pump = \"pump_amine\"", "pump = \"pump_ammine\"",
                     {"no instrument", "did you mean 'pump_amine'"});
  check_bench_change("pump = \"pump_amine\"", "pump = \"pump_bromide\"",
                     {"'pump_bromide' is the pump of 'bromide' already"});
  check_bench_change("pump = \"pump_amine\"", "pump = \"oven\"", {"'oven' is the heater already"});
  check_bench_change("stock = \"amine\"", "stock = \"bromide\"", {"'bromide'", "second time"});
  check_bench_change("diameter = \"26.59 mm\"", "diameter = \"0.09 mm\"", {"0.09 mm", "0.1 mm to 50 mm"});
  check_bench_change("diameter = \"26.59 mm\"", "diameter = \"51 mm\"", {"51 mm", "0.1 mm to 50 mm"});
  check_bench_change("diameter = \"26.59 mm\"", "diameter = \"2.659 mm\"",
                     {"60 mL and 2.659 mm", "10 to 400 mm"});
  check_bench_change("diameter = \"26.59 mm\"", "diameter = 26.59", {"no unit", "mm"});
}

TEST_CASE("bench: a syringe of the table has its maker's diameter, another is refused with those there are") {
  const std::string own = "syringe = { diameter = \"26.59 mm\", volume = \"60 mL\" }";
  const std::string text = replaced(good_bench(), own, "syringe = \"BD 10 mL\"");
  const SyringeDescription syringe = parse_bench(text, "b.toml", "").feeds[0].syringe;
  CHECK(in_millimeters(syringe.diameter) == doctest::Approx(14.43));
  CHECK(in_milliliters(syringe.volume) == doctest::Approx(10.0));
  check_bench_change(own, "syringe = \"BD 11 mL\"",
                     {"'BD 11 mL' is not in the table", "BD 10 mL", "HSW 50 mL"});
  check_bench_change(own, "syringe = \"\"", {"'syringe' is empty"});
  check_bench_change(own, "syringe = 10", {"syringe"});
}

TEST_CASE("bench: interlocks name an instrument and at least one limit") {
  const std::string text = good_bench() + "[[interlock]]\nsignal = \"oven\"\nbelow = 0.2\nabove = 6\n";
  const BenchDescription bench = parse_bench(text, "b.toml", "");
  REQUIRE(bench.interlocks.size() == 1);
  CHECK(bench.interlocks[0].signal == "oven");
  CHECK(bench.interlocks[0].limit.below == 0.2);
  CHECK(bench.interlocks[0].limit.above == 6.0);
  const auto refused = [](const std::string& interlock) {
    return bench_message(good_bench() + "[[interlock]]\n" + interlock);
  };
  CHECK(refused("signal = \"oven\"\n").find("below or above") != std::string::npos);
  CHECK(refused("signal = \"ovn\"\nabove = 1\n").find("did you mean 'oven'") != std::string::npos);
  CHECK(refused("signal = \"oven\"\nabove = 1\nbelow = 1\n").find("no reading would be allowed") !=
        std::string::npos);
  CHECK(refused("signal = \"oven\"\nabove = 1\nover = 1\n").find("'over'") != std::string::npos);
  CHECK(refused("signal = \"oven\"\nabove = 1\naction = \"stop\"\n").find("warn") != std::string::npos);
  CHECK(refused("signal = \"oven\"\nabove = 200\n").find("can never be noticed") != std::string::npos);
  CHECK(refused("signal = \"oven\"\nbelow = -300\n").find("nothing is so cold") != std::string::npos);
}

TEST_CASE("bench: an interlock says how long something has to last and what is done then") {
  const std::string table = "[[interlock]]\nsignal = \"oven\"\nabove = 6\n";
  const SignalLimit usual = parse_bench(good_bench() + table, "b.toml", "").interlocks[0].limit;
  CHECK(usual.lasting == Seconds{0.0});
  CHECK(usual.reaction == Reaction::safe);
  const SignalLimit slow =
      parse_bench(good_bench() + table + "lasting = \"5 s\"\naction = \"hold\"\n", "b.toml", "")
          .interlocks[0]
          .limit;
  CHECK(slow.lasting == Seconds{5.0});
  CHECK(slow.reaction == Reaction::hold);
}

TEST_CASE("bench: heater and spectrometer are two known instruments") {
  check_bench_change("heater = \"oven\"", "heater = \"stove\"", {"no instrument 'stove'"});
  check_bench_change("spectrometer = \"flow_cell\"", "spectrometer = \"oven\"",
                     {"'oven' is the heater already"});
}

TEST_CASE("bench: wrong limits and geometry are refused in their line") {
  check_bench_change("max_temperature = \"200 °C\"", "max_temperature = \"900 °C\"",
                     {"900 °C", "20 °C to 400 °C"});
  check_bench_change("max_total_flow = \"6 mL/min\"", "max_total_flow = \"6 mL\"", {"'mL'", "mL/min"});
  check_bench_change("heated_volume = \"486 µL\"", "heated_volume = \"0 µL\"", {"'heated_volume'", "0.1 µL"});
  check_bench_change("# bodenstein = 1000", "bodenstein = 1", {"'bodenstein'", "2 to 1e6"});
  check_bench_change("lost_after = \"2.5 s\"", "lost_after = \"0 s\"", {"'lost_after'", "0.1 s to 60 s"});
  check_bench_change("lost_after = \"2.5 s\"", "lost_afer = \"5 s\"",
                     {"unknown key 'lost_afer'", "'lost_after'"});
}

TEST_CASE("bench: a reference of quantum yields is read whole or refused in its line") {
  const auto reference = parse_bench(simulated(), "b.toml", "/somewhere").yield_reference;
  REQUIRE(reference);
  CHECK(reference->plqy.value == 0.53);
  CHECK(reference->plqy.standard_error > 0.0);
  CHECK(reference->emission_per_absorbed.value > 1e4);
  CHECK(reference->emission_per_absorbed.standard_error > 0.0);
  CHECK(reference->refractive_index == 1.361);
  CHECK_FALSE(reference->name.empty());
  CHECK_FALSE(reference->source.empty());
  CHECK_FALSE(reference->measured.empty());
  CHECK_FALSE(parse_bench(good_bench(), "b.toml", "/somewhere").yield_reference);

  const auto refused = [](const std::string& from, const std::string& to,
                          std::initializer_list<const char*> words) {
    check_refusal(bench_message(replaced(simulated(), from, to)), "b.toml:" + line_of(simulated(), from),
                  words);
  };
  refused("plqy = 0.53", "plqy = 53", {"'plqy' = 53", "0.0001 to 1"});
  refused("plqy_error = 0.02", "plqy_eror = 0.02", {"plqy_error"});
  refused("measured = \"in the cell", "measured = \"\" # ", {"'measured' is empty"});
  refused("emission_per_absorbed = ", "emission_per_absorbed = 1e6 # ", {"no unit", "counts nm/s"});
  refused("emission_per_absorbed_error = ", "emission_per_absorbed_error = \"4e4 counts/s\" # ",
          {"counts/s", "counts nm/s"});
  refused("product_refractive_index = 1.361", "product_refractive_index = 0.9", {"0.9", "1 to 3"});
}

TEST_CASE("bench: an alarm reaches somebody or is refused in its line") {
  const std::string text =
      good_bench() +
      "\n[alarm]\ncommand = [\"/usr/local/bin/tell\", \"--room\", \"\"]\nmail = \"a.b+c@example.org\"\n";
  const auto alarm = parse_bench(text, "b.toml", "").alarm;
  REQUIRE(alarm);
  CHECK(alarm->command == std::vector<std::string>{"/usr/local/bin/tell", "--room", ""});
  CHECK(std::to_string(alarm->command_line) == line_of(text, "command ="));
  CHECK(alarm->mail == "a.b+c@example.org");
  CHECK(std::to_string(alarm->mail_line) == line_of(text, "mail ="));
  CHECK_FALSE(parse_bench(good_bench(), "b.toml", "").alarm);

  const auto refused = [](const std::string& line, std::initializer_list<const char*> words, int below = 1) {
    const std::string wrong = good_bench() + "\n[alarm]\n" + line + "\n";
    check_refusal(bench_message(wrong),
                  "b.toml:" + std::to_string(std::stoi(line_of(wrong, "[alarm]")) + below), words);
  };
  refused("", {"reaches nobody", "command or mail"}, 0);
  refused("command = []", {"names no program"});
  refused("command = [\"\", \"x\"]", {"names no program"});
  refused("command = \"tell\"", {"no list"});
  refused("command = [1]", {"command"});
  refused("command = [\"tell\", \"a\\u0000b\"]", {"zero byte"});
  refused("mail = \"\"", {"'mail' is empty"});
  for (const char* wrong : {"-oQ/tmp", "a@b, c@d", "|tell", "/tmp/file", "two words", "a@b\\nBcc: c"})
    refused("mail = \"" + std::string{wrong} + "\"", {"no mail address"});
  refused("mail = [\"a@b\"]", {"mail"});
  refused("mail = \"a@b\"\nmial = \"c@d\"", {"unknown key 'mial'"}, 2);
}

TEST_CASE("bench: a virtual line needs a plant, and a plant needs a virtual line") {
  const std::string bare = replaced(simulated(), "plant = \"../plants/cspbbr3.toml\"", "#");
  check_refusal(bench_message(bare), "b.toml:" + line_of(bare, "[[line]]"),
                {"'pumps' is virtual", "no plant"});
  const std::string idle =
      replaced(good_bench(), "heater = \"oven\"", "plant = \"x.toml\"\nheater = \"oven\"");
  check_refusal(bench_message(idle), "b.toml:" + line_of(idle, "plant ="), {"without a virtual line"});
}

namespace {

const std::string& with_taps() {
  static const std::string text = read_text_file(NOCTURNE_SOURCE_DIR "/recipes/benches/virtual_refill.toml");
  return text;
}

/// The refill of the first feed with one change must be refused in its line.
void check_refill_change(const std::string& from, const std::string& to,
                         std::initializer_list<const char*> words) {
  const std::string line = line_of(with_taps(), "refill = {");
  const std::size_t begin = with_taps().find("refill = {");
  const std::string changed = with_taps().substr(0, begin) + replaced(with_taps().substr(begin), from, to);
  check_refusal(bench_message(changed), "b.toml:" + line, words);
}

}  // namespace

TEST_CASE("bench: a feed that is filled again names valve, positions, bottle and flow") {
  const BenchDescription bench = parse_bench(with_taps(), "b.toml", "/somewhere");
  const FeedDescription& diluent = bench.feeds.back();
  REQUIRE(diluent.refill);
  CHECK(diluent.refill->valve == "tap_diluent");
  CHECK(diluent.refill->to_reactor == 1);
  CHECK(diluent.refill->to_bottle == 3);
  CHECK(in_milliliters(diluent.refill->bottle) == doctest::Approx(250.0));
  CHECK(in_milliliters_per_minute(diluent.refill->flow) == doctest::Approx(8.0));
  CHECK_FALSE(parse_bench(good_bench(), "b.toml", "").feeds.front().refill);
}

TEST_CASE("bench: the tube from a syringe is as long as it says, and shorter than what the syringe holds") {
  const std::string short_tube = replaced(good_bench(), "line_volume = \"0.4 mL\"\n", "");
  CHECK(parse_bench(short_tube, "b.toml", "").feeds.front().line_volume == Volume{});
  const auto with = [](const std::string& volume) {
    return replaced(with_taps(), "refill = {", "line_volume = " + volume + "\nrefill = {");
  };
  const BenchDescription bench = parse_bench(with("\"0.4 mL\""), "b.toml", "/somewhere");
  CHECK(in_milliliters(bench.feeds.front().line_volume) == doctest::Approx(0.4));
  const std::string line = line_of(with("0"), "line_volume");
  check_refusal(bench_message(with("\"2 mL\"")), "b.toml:" + line, {"2 mL", "more than half of what"});
  check_refusal(bench_message(with("\"0 mL\"")), "b.toml:" + line, {"0 mL", "1 µL"});
  check_refusal(bench_message(with("0.4")), "b.toml:" + line, {"no unit"});
}

TEST_CASE("bench: a refill that cannot be is refused in its line") {
  check_refill_change("valve = \"tap_cs_pb\"", "valve = \"tap_cs\"", {"no instrument 'tap_cs'", "tap_cs_pb"});
  check_refill_change("valve = \"tap_cs_pb\"", "valve = \"oven\"", {"'oven' is the heater already"});
  check_refill_change("valve = \"tap_cs_pb\"", "valve = \"pump_cs_pb\"", {"the pump of 'cs_pb' already"});
  check_refill_change("to_bottle = 2", "to_bottle = 1", {"the same position"});
  check_refill_change("to_bottle = 2", "to_bottle = 0", {"0", "1 to 96"});
  check_refill_change("to_reactor = 1, ", "", {"to_reactor"});
  check_refill_change("bottle = \"50 mL\"", "bottle = \"50 s\"", {"unit 's'"});
  check_refill_change("bottle = \"50 mL\"", "bottle = \"0 mL\"", {"0 mL", "100 L"});
  check_refill_change("flow = \"2 mL/min\"", "flow = \"2 L/min\"", {"2 L/min", "1 L/min"});
  check_refill_change("flow = ", "speed = ", {"flow"});
}

TEST_CASE("bench: a valve serves one feed") {
  const std::string text = replaced(with_taps(), "valve = \"tap_bromide\"", "valve = \"tap_cs_pb\"");
  const std::string line = std::to_string(std::stoi(line_of(text, "stock = \"bromide\"")) + 3);
  check_refusal(bench_message(text), "b.toml:" + line, {"'tap_cs_pb' is the valve of 'cs_pb' already"});
}

}  // namespace nocturne::test
