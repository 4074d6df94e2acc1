#include "tests/controller/bench/asked_instruments.hpp"

namespace nocturne::test {
namespace {

const std::string kHeaterRegisters = R"(verify = { register = 107, value = 289 }
process = { register = 1, scale = 0.1 }
target = { register = 2, scale = 0.1 }
switch = { register = 273, on = 0, off = 1 }
output = { register = 4, scale = 0.1 }
limit = { register = 13, scale = 0.1 }
)";
const std::string kInputRegisters =
    R"(verify = { register = 5029, function = 4, type = "uint16", value = 770 }
verify_2 = { register = 5030, function = 4, type = "uint16", value = 0 }
value = { register = 0, function = 4, type = "uint16", scale = 0.00024414 }
state = { register = 60, function = 4, type = "uint16" }
unit = "bar"
lowest = -0.5
highest = 16.5
)";
const std::string kMoxaSettings = "channel = 0\nlow = 0\nhigh = 16\nunit = \"bar\"\n";

std::string instrument_text(const std::string& name, const std::string& driver, const std::string& line,
                            int address, const std::string& settings = "") {
  return "[[instrument]]\nname = \"" + name + "\"\ndriver = \"" + driver + "\"\nline = \"" + line + "\"\n" +
         (address == Asked::no_address ? "" : "address = " + std::to_string(address) + "\n") + settings;
}

}  // namespace

const std::vector<Asked>& every_asked() {
  static const std::vector<Asked> all{
      {"new_era", "pump", "new_era", 3, "", 19200, "new_era"},
      {"new_era without safe mode", "pump", "new_era", 3, "unwatched = true\n", 19200, "new_era"},
      {"harvard", "pump", "harvard", 0, "unwatched = true\n", 115200, "harvard"},
      {"chemyx", "pump", "chemyx", Asked::no_address, "unwatched = true\n", 38400, "chemyx"},
      {"eurotherm", "heater", "eurotherm", 1, "", 9600, "eurotherm", true},
      {"watlow", "heater", "watlow", 1, "unwatched = true\n", 9600, "watlow", true},
      {"julabo", "heater", "julabo", Asked::no_address, "unwatched = true\n", 4800, "julabo"},
      {"modbus_heater", "heater", "modbus_heater", 1, kHeaterRegisters, 9600, "eurotherm", true},
      {"ocean_obp", "spectrometer", "ocean_obp", Asked::no_address, "", 115200, "ocean_obp"},
      {"ocean_obp on the network", "spectrometer", "ocean_obp", Asked::no_address, "", 0, "ocean_obp"},
      {"vici", "collector", "vici", Asked::no_address, "", 9600, "vici"},
      {"moxa", "pressure", "moxa", 1, kMoxaSettings, 9600, "moxa", true},
      {"moxa on the network", "pressure", "moxa", 1, kMoxaSettings, 0, "moxa", true},
      {"modbus_input", "pressure", "modbus_input", 1, kInputRegisters, 9600, "moxa", true},
      {"mettler", "balance", "mettler", Asked::no_address, "", 9600, "mettler"}};
  return all;
}

BenchDescription bench_asking(const Asked& asked) {
  const auto in_role = [&](const std::string& role, const std::string& other) {
    return asked.role == role ? std::string{"it"} : other;
  };
  std::string text = "name = \"b\"\nheater = \"" + in_role("heater", "oven") + "\"\nspectrometer = \"" +
                     in_role("spectrometer", "cell") + "\"\n";
  for (const std::string role : {"pressure", "balance", "collector"})
    if (asked.role == role) text += role + " = \"it\"\n";
  text += "[[line]]\nname = \"port\"\n";
  if (asked.baud > 0)
    text += "kind = \"serial\"\ndevice = \"" + std::string{device_asked} +
            "\"\nbaud = " + std::to_string(asked.baud) + "\n";
  else
    text += "kind = \"tcp\"\nhost = \"" + std::string{host_asked} + "\"\nport = 5025\n";
  for (const std::string other : {"pumps", "heating", "optics"})
    text += "[[line]]\nname = \"" + other + "\"\nkind = \"serial\"\ndevice = \"/dev/" + other +
            "\"\nbaud = 9600\n";
  text += instrument_text("it", asked.driver, "port", asked.address, asked.settings);
  if (asked.role != "pump") text += instrument_text("pump", "new_era", "pumps", 0);
  if (asked.role != "heater") text += instrument_text("oven", "eurotherm", "heating", 1);
  if (asked.role != "spectrometer") text += instrument_text("cell", "ocean_obp", "optics", Asked::no_address);
  text += "[[feed]]\nstock = \"cs_pb\"\npump = \"" + in_role("pump", "pump") +
          "\"\nsyringe = { diameter = \"14.43 mm\", volume = \"10 mL\" }\n";
  text += R"([reactor]
inner_diameter = "1.016 mm"
mixer_volume = "243 µL"
heated_volume = "486 µL"
cooled_volume = "100 µL"
cell_volume = "30 µL"
optical_path = "1 mm"
heating_rate = "1 K/s"
cooling_time = "400 s"
[limits]
max_temperature = "200 °C"
max_total_flow = "6 mL/min"
)";
  if (asked.role == "pressure") text += "max_pressure = \"8 bar\"\n";
  return parse_bench(text, "b.toml", "");
}

}  // namespace nocturne::test
