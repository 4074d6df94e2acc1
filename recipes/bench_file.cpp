#include "recipes/bench_file.hpp"

#include <algorithm>
#include <numbers>
#include <set>
#include <utility>

#include "recipes/document.hpp"
#include "recipes/unit_text.hpp"

namespace nocturne {
namespace {

/// Addresses that a driver's protocol can express.
struct AddressRange {
  std::string driver;
  int low, high;
};

const AddressRange* address_range(const std::string& driver) {
  static const std::vector<AddressRange> ranges{
      {"new_era", 0, 99}, {"harvard", 0, 99},        {"eurotherm", 1, 247},   {"watlow", 1, 247},
      {"moxa", 1, 247},   {"modbus_heater", 1, 247}, {"modbus_input", 1, 247}};
  const auto found = std::ranges::find(ranges, driver, &AddressRange::driver);
  return found == ranges.end() ? nullptr : &*found;
}

template <class Described>
std::vector<std::string> names_of(const std::vector<Described>& described) {
  std::vector<std::string> names;
  for (const Described& one : described) names.push_back(one.name);
  return names;
}

std::string read_name(const Table& table) {
  const Value name = table.at("name");
  if (name.as<std::string>().empty()) name.refuse("the name is empty");
  return name.as<std::string>();
}

/// Text of a key that names one of `known`.
std::string read_reference(const Table& table, const std::string& key, const std::vector<std::string>& known,
                           const std::string& what) {
  const Value value = table.at(key);
  const std::string name = value.as<std::string>();
  if (std::ranges::find(known, name) == known.end())
    value.refuse("there is no " + what + " '" + name + "'" + suggestion(name, known));
  return name;
}

void read_serial(const Table& table, LineDescription& line) {
  if (const auto baud = table.find("baud")) line.baud = baud->between<int>("300", "4000000");
  if (const auto parity = table.find("parity")) line.parity = parity->one_of({"none", "even", "odd"});
}

LineDescription read_line(const Table& table) {
  LineDescription line;
  line.name = read_name(table);
  line.file_line = table.line();
  line.kind = table.at("kind").one_of({"serial", "tcp", "rtu_tcp", "virtual"});
  if (line.kind == "serial") {
    line.device = table.read<std::string>("device");
    if (line.device.empty())
      table.at("device").refuse("the device is empty (such as \"/dev/serial/by-id/...\")");
    table.at("baud");
    read_serial(table, line);
  } else if (line.kind == "tcp" || line.kind == "rtu_tcp") {
    line.host = table.read<std::string>("host");
    if (line.host.empty()) table.at("host").refuse("the host is empty (a name or an address)");
    line.port = table.read_between<int>("port", "1", "65535");
  } else {
    read_serial(table, line);
    if (const auto port = table.find("port")) line.port = port->between<int>("0", "65535");
  }
  return line;
}

void read_lines(const Table& root, BenchDescription& bench) {
  const auto tables = root.tables("line");
  if (tables.empty()) root.refuse("no lines (needed: at least one [[line]])");
  refuse_duplicates(tables, "name");
  std::map<std::string, int> ends;
  for (const Table& table : tables) {
    LineDescription line = read_line(table);
    const std::string end = line.device.empty() ? line.host + ":" + std::to_string(line.port) : line.device;
    const bool has_end = line.kind != "virtual" || line.port != 0;
    const auto [first, is_new] = has_end ? ends.emplace(end, line.file_line) : std::pair{ends.end(), true};
    if (!is_new)
      table.refuse("line '" + line.name + "' leads to " + end + ", like the line of line " +
                   std::to_string(first->second));
    bench.lines.push_back(std::move(line));
  }
}

/// What is left for the driver; limit = { register = 5 } becomes limit.register.
void read_settings(const Table& table, const std::string& prefix, InstrumentDescription& instrument) {
  for (const Value& setting : table.remaining()) {
    const std::string key = prefix + setting.key();
    instrument.setting_lines[key] = setting.line();
    if (setting.is_table())
      read_settings(setting.table(), key + ".", instrument);
    else
      instrument.settings[key] = setting.spelled();
  }
}

InstrumentDescription read_instrument(const Table& table, const BenchDescription& bench) {
  InstrumentDescription instrument;
  instrument.name = read_name(table);
  instrument.file_line = table.line();
  instrument.driver = table.read<std::string>("driver");
  instrument.setting_lines["driver"] = table.at("driver").line();
  instrument.line = read_reference(table, "line", names_of(bench.lines), "line");
  const AddressRange* range = address_range(instrument.driver);
  if (const auto address = table.find("address")) {
    instrument.address = range != nullptr
                             ? address->between<int>(std::to_string(range->low), std::to_string(range->high))
                             : address->between<int>("0", "65535");
    instrument.setting_lines["address"] = address->line();
  } else if (range != nullptr) {
    table.refuse("instrument '" + instrument.name + "' has no 'address' (allowed: " +
                 std::to_string(range->low) + " to " + std::to_string(range->high) + ")");
  }
  read_settings(table, "", instrument);
  return instrument;
}

void read_instruments(const Table& root, BenchDescription& bench) {
  const auto tables = root.tables("instrument");
  if (tables.empty()) root.refuse("no instruments (needed: at least one [[instrument]])");
  refuse_duplicates(tables, "name");
  std::map<std::pair<std::string, int>, std::string> seats;
  for (const Table& table : tables) {
    InstrumentDescription instrument = read_instrument(table, bench);
    const auto [seat, is_free] =
        seats.emplace(std::pair{instrument.line, instrument.address}, instrument.name);
    if (!is_free)
      table.refuse("instruments '" + seat->second + "' and '" + instrument.name + "' have the same address " +
                   std::to_string(instrument.address) + " on line '" + instrument.line + "'");
    bench.instruments.push_back(std::move(instrument));
  }
}

SyringeDescription read_listed_syringe(const Value& value) {
  try {
    return find_syringe(value.filled());
  } catch (const std::invalid_argument& error) {
    value.refuse(error.what());
  }
}

SyringeDescription read_own_syringe(const Table& table) {
  SyringeDescription syringe;
  syringe.diameter = table.read_between<Length>("diameter", "0.1 mm", "50 mm");
  syringe.volume = table.read_between<Volume>("volume", "1 µL", "500 mL");
  const double radius = syringe.diameter.si() / 2.0;
  const Length stroke = Length::from_si(syringe.volume.si() / (std::numbers::pi * radius * radius));
  if (stroke < millimeters(10.0) || stroke > millimeters(400.0))
    table.refuse("a syringe of " + number_text(in_milliliters(syringe.volume)) + " mL and " +
                 number_text(in_millimeters(syringe.diameter)) + " mm would be " +
                 number_text(in_millimeters(stroke)) + " mm long (allowed: 10 to 400 mm)");
  return syringe;
}

/// What a bench may have beyond pumps, heater and spectrometer.
void read_accessories(const Table& root, BenchDescription& bench) {
  for (const auto& [role, name] :
       {std::pair{"pressure", &bench.pressure}, std::pair{"balance", &bench.balance},
        std::pair{"collector", &bench.collector}})
    if (root.find(role)) *name = read_reference(root, role, names_of(bench.instruments), "instrument");
}

/// Every instrument does one thing.
std::map<std::string, std::string> jobs_of(const Table& root, const BenchDescription& bench) {
  std::map<std::string, std::string> jobs;
  for (const auto& [role, name] :
       {std::pair{"heater", bench.heater}, std::pair{"spectrometer", bench.spectrometer},
        std::pair{"pressure", bench.pressure}, std::pair{"balance", bench.balance},
        std::pair{"collector", bench.collector}}) {
    if (name.empty()) continue;
    const auto [job, is_free] = jobs.emplace(name, role);
    if (!is_free) root.at(role).refuse("'" + name + "' is the " + job->second + " already");
  }
  return jobs;
}

/// Gives an instrument a job in the feed of the table, unless it has one.
void assign(const Table& table, const std::string& key, const std::string& job,
            std::map<std::string, std::string>& jobs) {
  const auto [first, is_free] = jobs.emplace(table.read<std::string>(key), job);
  if (!is_free) table.at(key).refuse("'" + first->first + "' is the " + first->second + " already");
}

RefillDescription read_refill(const Table& table, const std::string& stock, const BenchDescription& bench,
                              std::map<std::string, std::string>& jobs) {
  RefillDescription refill;
  refill.file_line = table.line();
  refill.valve = read_reference(table, "valve", names_of(bench.instruments), "instrument");
  assign(table, "valve", "valve of '" + stock + "'", jobs);
  refill.to_reactor = table.read_between<int>("to_reactor", "1", "96");
  refill.to_bottle = table.read_between<int>("to_bottle", "1", "96");
  if (refill.to_reactor == refill.to_bottle)
    table.at("to_bottle").refuse("to_bottle and to_reactor are the same position");
  refill.bottle = table.read_between<Volume>("bottle", "1 µL", "100 L");
  refill.flow = table.read_between<FlowRate>("flow", "1 µL/min", "1 L/min");
  return refill;
}

Volume read_line_volume(const Value& value, const SyringeDescription& syringe) {
  const auto line = value.between<Volume>("1 µL", "100 mL");
  if (2.0 * line > syringe.volume)
    value.refuse("'line_volume' = " + value.spelled() +
                 " would take more than half of what the syringe holds");
  return line;
}

void read_feeds(const Table& root, BenchDescription& bench) {
  const auto tables = root.tables("feed");
  if (tables.empty()) root.refuse("no feeds (needed: at least one [[feed]])");
  refuse_duplicates(tables, "stock");
  std::map<std::string, std::string> jobs = jobs_of(root, bench);
  for (const Table& table : tables) {
    FeedDescription feed;
    feed.file_line = table.line();
    feed.stock = table.read<std::string>("stock");
    if (feed.stock.empty()) table.at("stock").refuse("the stock has no name");
    feed.pump = read_reference(table, "pump", names_of(bench.instruments), "instrument");
    assign(table, "pump", "pump of '" + feed.stock + "'", jobs);
    const Value syringe = table.at("syringe");
    feed.syringe = syringe.is_table() ? read_own_syringe(syringe.table()) : read_listed_syringe(syringe);
    if (const auto line = table.find("line_volume")) feed.line_volume = read_line_volume(*line, feed.syringe);
    if (const auto refill = table.find("refill"))
      feed.refill = read_refill(refill->table(), feed.stock, bench, jobs);
    bench.feeds.push_back(std::move(feed));
  }
}

void read_reactor(const Table& root, ReactorGeometry& reactor) {
  const Table table = root.table("reactor");
  reactor.inner_diameter = table.read_between<Length>("inner_diameter", "10 µm", "20 mm");
  reactor.mixer_volume = table.read_between<Volume>("mixer_volume", "0 µL", "1 L");
  reactor.heated_volume = table.read_between<Volume>("heated_volume", "0.1 µL", "1 L");
  reactor.cooled_volume = table.read_between<Volume>("cooled_volume", "0 µL", "1 L");
  reactor.cell_volume = table.read_between<Volume>("cell_volume", "0.01 µL", "1 L");
  reactor.optical_path = table.read_between<Length>("optical_path", "10 µm", "100 mm");
  if (const auto value = table.find("bodenstein")) reactor.bodenstein = value->between<double>("2", "1e6");
  const auto rate = table.find("heating_rate"), time = table.find("cooling_time");
  if (rate.has_value() != time.has_value()) table.refuse("heating_rate and cooling_time go together");
  if (rate)
    reactor.heating = HeatingModel{rate->in("K/s", 1e-3, 100.0), time->between<Seconds>("1 s", "24 h")};
}

void read_limits(const Table& root, BenchLimits& limits) {
  const Table table = root.table("limits");
  limits.max_temperature = table.read_between<Temperature>("max_temperature", "20 °C", "400 °C");
  limits.max_total_flow = table.read_between<FlowRate>("max_total_flow", "1 µL/min", "1 L/min");
  if (const auto value = table.find("max_pressure")) {
    limits.max_pressure_bar = value->in("bar", 0.01, 1000.0);
    limits.max_pressure_line = value->line();
  }
  if (const auto value = table.find("lost_after"))
    limits.lost_after = value->between<Seconds>("0.1 s", "60 s");
  if (const auto value = table.find("hold_for")) limits.hold_for = value->between<Seconds>("0 s", "10 min");
}

Reaction read_reaction(const Value& value) {
  const std::string name = value.one_of({"warn", "hold", "safe"});
  return name == "warn" ? Reaction::warn : name == "hold" ? Reaction::hold : Reaction::safe;
}

SignalLimit read_signal_limit(const Table& table, const std::string& signal) {
  SignalLimit limit;
  if (table.find("below")) limit.below = table.read_between<double>("below", "-1e9", "1e9");
  if (table.find("above")) limit.above = table.read_between<double>("above", "-1e9", "1e9");
  if (const auto lasting = table.find("lasting")) limit.lasting = lasting->between<Seconds>("0 s", "1 h");
  if (const auto action = table.find("action")) limit.reaction = read_reaction(*action);
  if (!limit.below && !limit.above)
    table.refuse("an interlock without a limit (needed: below or above, in the unit of '" + signal + "')");
  if (limit.below && limit.above && !(*limit.below < *limit.above))
    table.refuse("below is not less than above: no reading would be allowed");
  return limit;
}

void read_interlocks(const Table& root, BenchDescription& bench) {
  for (const Table& table : root.tables("interlock")) {
    InterlockDescription interlock;
    interlock.signal = read_reference(table, "signal", names_of(bench.instruments), "instrument");
    interlock.limit = read_signal_limit(table, interlock.signal);
    if (const auto below = table.find("below")) interlock.below_line = below->line();
    if (const auto above = table.find("above")) interlock.above_line = above->line();
    const double highest_celsius = bench.limits.max_temperature.celsius();
    if (interlock.signal == bench.heater && interlock.limit.above &&
        *interlock.limit.above >= highest_celsius)
      table.at("above").refuse("this can never be noticed: max_temperature (" + number_text(highest_celsius) +
                               " °C) stops everything before");
    constexpr double coldest_celsius = -273.15;
    if (interlock.signal == bench.heater && interlock.limit.below &&
        *interlock.limit.below <= coldest_celsius)
      table.at("below").refuse("this can never be noticed: nothing is so cold");
    if (interlock.signal == bench.pressure && interlock.limit.above && bench.limits.max_pressure_bar &&
        *interlock.limit.above >= *bench.limits.max_pressure_bar)
      table.at("above").refuse("this can never be noticed: max_pressure (" +
                               number_text(*bench.limits.max_pressure_bar) + " bar) stops everything before");
    bench.interlocks.push_back(std::move(interlock));
  }
}

void read_yield_reference(const Table& root, BenchDescription& bench) {
  const auto table = root.find_table("yield_reference");
  if (!table) return;
  constexpr double darkest = 1e-3, brightest = 1e15;  // counts nm/s
  const auto emission = [&](const std::string& key) {
    return table->at(key).in("counts nm/s", darkest, brightest);
  };
  CellReference reference;
  reference.name = table->at("name").filled();
  reference.source = table->at("source").filled();
  reference.measured = table->at("measured").filled();
  reference.plqy = {table->read_between<double>("plqy", "0.0001", "1"),
                    table->read_between<double>("plqy_error", "0", "1")};
  reference.emission_per_absorbed = {emission("emission_per_absorbed"),
                                     emission("emission_per_absorbed_error")};
  reference.refractive_index = table->read_between<double>("refractive_index", "1", "3");
  reference.product_refractive_index = table->read_between<double>("product_refractive_index", "1", "3");
  bench.yield_reference = std::move(reference);
}

/// A program's argument cannot hold a zero.
std::string read_argument(const Value& value) {
  std::string text = value.as<std::string>();
  if (text.find('\0') != std::string::npos) value.refuse("an argument with a zero byte");
  return text;
}

std::vector<std::string> read_command(const Value& value) {
  if (!value.is_list())
    value.refuse("the command is no list (such as [\"/usr/local/bin/tell\", \"--room\", \"4\"])");
  std::vector<std::string> command;
  for (const Value& argument : value.items()) command.push_back(read_argument(argument));
  if (command.empty() || command.front().empty()) value.refuse("the command names no program");
  return command;
}

/// One address, which no mail program can take for an option, a file, a program or several addresses.
std::string read_address(const Value& value) {
  std::string address = value.filled();
  const auto is_wrong = [](unsigned char c) {
    return c <= ' ' || c == 0x7f ||
           std::string{",;|/<>()\"\\"}.find(static_cast<char>(c)) != std::string::npos;
  };
  if (std::string{"-+~."}.find(address.front()) != std::string::npos ||
      std::ranges::any_of(address, is_wrong))
    value.refuse("this is no mail address (allowed: one, such as \"someone@example.org\")");
  return address;
}

void read_alarm(const Table& root, BenchDescription& bench) {
  const auto table = root.find_table("alarm");
  if (!table) return;
  AlarmDescription alarm;
  if (const auto command = table->find("command")) {
    alarm.command = read_command(*command);
    alarm.command_line = command->line();
  }
  if (const auto mail = table->find("mail")) {
    alarm.mail = read_address(*mail);
    alarm.mail_line = mail->line();
  }
  if (alarm.command.empty() && alarm.mail.empty())
    table->refuse("an alarm that reaches nobody (needed: command or mail)");
  bench.alarm = std::move(alarm);
}

void read_plant(const Table& root, const std::filesystem::path& folder, BenchDescription& bench) {
  const auto plant = root.find("plant");
  const auto virtual_line = std::ranges::find(bench.lines, "virtual", &LineDescription::kind);
  if (virtual_line != bench.lines.end() && !plant)
    throw FileError{bench.file + ":" + std::to_string(virtual_line->file_line) + ": line '" +
                    virtual_line->name +
                    "' is virtual, but the bench has no plant (needed: plant = \"...toml\")"};
  if (!plant) return;
  if (virtual_line == bench.lines.end()) plant->refuse("a plant without a virtual line in front of it");
  const std::string path = plant->as<std::string>();
  if (path.empty()) plant->refuse("the plant's file name is empty");
  bench.plant = (folder / path).lexically_normal();
}

}  // namespace

BenchDescription parse_bench(const std::string& text, const std::string& name,
                             const std::filesystem::path& folder) {
  const Document document = Document::parse(text, name);
  const Table root = document.root();
  BenchDescription bench;
  bench.text = text;
  bench.file = name;
  bench.name = read_name(root);
  read_lines(root, bench);
  read_instruments(root, bench);
  bench.heater = read_reference(root, "heater", names_of(bench.instruments), "instrument");
  bench.spectrometer = read_reference(root, "spectrometer", names_of(bench.instruments), "instrument");
  read_accessories(root, bench);
  read_feeds(root, bench);
  read_reactor(root, bench.reactor);
  read_limits(root, bench.limits);
  if (bench.pressure.empty() == bench.limits.max_pressure_bar.has_value())
    root.refuse(
        "a pressure sensor and a max_pressure go together (pressure = \"NAME\", [limits] max_pressure = \"8 "
        "bar\")");
  read_interlocks(root, bench);
  read_yield_reference(root, bench);
  read_alarm(root, bench);
  read_plant(root, folder, bench);
  root.finish();
  return bench;
}

BenchDescription read_bench(const std::filesystem::path& file) {
  return parse_bench(read_text_file(file), file.string(), file.parent_path());
}

}  // namespace nocturne
