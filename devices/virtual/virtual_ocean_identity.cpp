#include "devices/virtual/obp_request.hpp"
#include "devices/virtual/virtual_ocean.hpp"

namespace nocturne {

using virtual_obp::bytes_of;
using virtual_obp::Error;
using virtual_obp::float_at;
using virtual_obp::nothing;
using virtual_obp::number_at;
using virtual_obp::only_number;
using virtual_obp::only_switch;

namespace {

constexpr std::uint16_t ocean_vendor = 0x2457;
constexpr std::size_t longest_alias = 16;
constexpr std::uint32_t user_strings = 3;
constexpr std::size_t longest_user_string = 32;

}  // namespace

void VirtualOcean::number(std::uint32_t type, int size, std::function<std::uint32_t()> value) {
  queries_[type] = [size, value = std::move(value)](const std::string& data) {
    nothing(data);
    return bytes_of(value(), size);
  };
}

void VirtualOcean::text(std::uint32_t type, std::string value) {
  queries_[type] = [value = std::move(value)](const std::string& data) {
    nothing(data);
    return value;
  };
}

void VirtualOcean::on_off(std::uint32_t type, std::function<void(bool)> obey) {
  commands_[type] = [obey = std::move(obey)](const std::string& data) { obey(only_switch(data)); };
}

void VirtualOcean::stored(std::uint32_t get, std::uint32_t set, int size, std::uint32_t initial,
                          std::uint32_t least, std::uint32_t most) {
  values_[get] = initial;
  number(get, size, [this, get] { return values_.at(get); });
  commands_[set] = [=, this](const std::string& data) {
    const std::uint32_t value = only_number(data, size);
    if (value < least || value > most) throw Error::invalid_payload;
    values_.at(get) = value;
  };
}

void VirtualOcean::add_identity() {
  text(0x000100, known_.serial);
  number(0x000101, 1, [] { return 16u; });
  number(0x000005, 4, [] { return 0u; });
  number(0x000006, 4, [] { return 0u; });
  number(0x000080, 1, [] { return 1u; });
  number(0x000090, 2, [] { return 0x0204u; });
  number(0x000091, 2, [] { return 0x0102u; });
  for (const std::uint32_t original : {0x000E00u, 0x000E20u}) {
    number(original, 2, [] { return std::uint32_t{ocean_vendor}; });
    number(original + 1, 2, [this] { return std::uint32_t{model_.product_id}; });
  }
  text(0x000E11, "Ocean " + model_.name);
  commands_[0x000000] = commands_[0x000001] = [this](const std::string& data) {
    nothing(data);
    reset();
  };
  commands_[0x000010] = [this](const std::string& data) {
    const std::uint32_t type = only_number(data, 1);
    if (type > 1) throw Error::unknown_checksum_type;
    settings_.reply_md5 = type == 1;
  };
  queries_[0x000082] = [this](const std::string& data) {
    nothing(data);
    std::string known;
    for (const auto& [type, query] : queries_) known += bytes_of(type, 4);
    for (const auto& [type, command] : commands_) known += bytes_of(type, 4);
    for (const std::uint32_t type : model_.spectrum_types) known += bytes_of(type, 4);
    return known;
  };
}

void VirtualOcean::add_names() {
  queries_[0x000200] = [this](const std::string& data) {
    nothing(data);
    return kept_[0x000200];
  };
  number(0x000201, 1, [] { return static_cast<std::uint32_t>(longest_alias); });
  commands_[0x000210] = [this](const std::string& data) {
    if (data.size() > longest_alias) throw Error::wrong_length;
    kept_[0x000200] = data;
  };
  number(0x000300, 1, [] { return user_strings; });
  number(0x000301, 2, [] { return static_cast<std::uint32_t>(longest_user_string); });
  queries_[0x000302] = [this](const std::string& data) {
    const std::uint32_t index = only_number(data, 1);
    if (index >= user_strings) throw Error::no_such_value;
    return kept_[0x000302 + (index << 24)];
  };
  commands_[0x000310] = [this](const std::string& data) {
    if (data.empty() || data.size() > 1 + longest_user_string) throw Error::wrong_length;
    const std::uint32_t index = number_at(data, 0, 1);
    if (index >= user_strings) throw Error::no_such_value;
    kept_[0x000302 + (index << 24)] = data.substr(1);
  };
  on_off(0x001010, [](bool) {});
}

void VirtualOcean::add_serial_port() {
  stored(0x000800, 0x000810, 4, 9600, 300, 921'600);
  stored(0x000804, 0x000814, 1, 0, 0, 1);
  commands_[0x0008F0] = nothing;
}

void VirtualOcean::per_interface(std::uint32_t get, std::uint32_t set, std::string initial) {
  const std::size_t size = initial.size();
  kept_[get] = std::move(initial);
  queries_[get] = [this, get](const std::string& data) {
    if (only_number(data, 1) != 0) throw Error::no_such_value;
    return kept_.at(get);
  };
  if (set == 0) return;
  commands_[set] = [this, get, size](const std::string& data) {
    if (data.size() != 1 + size) throw Error::wrong_length;
    if (number_at(data, 0, 1) != 0) throw Error::no_such_value;
    kept_.at(get) = data.substr(1);
  };
}

void VirtualOcean::add_network() {
  const std::string on = bytes_of(1, 1), off = bytes_of(0, 1);
  number(0x000900, 1, [] { return 1u; });
  per_interface(0x000901, 0, bytes_of(1, 1) + bytes_of(1, 1));  // wired, connected
  per_interface(0x000902, 0x000912, on);
  per_interface(0x000940, 0, std::string("\x02\x00\x24\x57\x00\x01", 6));
  per_interface(0x000980, 0x000990, off);
  per_interface(0x000A00, 0x000A10, off);
  per_interface(0x000A01, 0, on);
  queries_[0x000A02] = [](const std::string& data) {
    if (data.size() != 2) throw Error::wrong_length;
    if (number_at(data, 0, 2) != 0) throw Error::no_such_value;
    return std::string{"\xC0\xA8\xFE\xFE\x18", 5};  // 192.168.254.254/24
  };
  per_interface(0x000A08, 0x000A18, std::string("\xC0\xA8\xFE\x01", 4));
  per_interface(0x000A80, 0x000A90, on);
  per_interface(0x000A81, 0x000A91, std::string(4, '\xEF'));  // 239.239.239.239
  per_interface(0x000A82, 0x000A92, bytes_of(57357, 2));
  per_interface(0x000A83, 0x000A93, on);
}

void VirtualOcean::add_bench() {
  text(0x1B0000, model_.name);
  text(0x1B0100, known_.serial);
  number(0x1B0200, 2, [] { return 10u; });   // slit, um
  number(0x1B0300, 2, [] { return 600u; });  // fibre, um
  text(0x1B0400, "600/500");
  text(0x1B0500, "none");
  text(0x1B0600, "none");
  text(0x1C0000, known_.model);
}

void VirtualOcean::add_cooler() {
  const auto real = [this](std::uint32_t type, auto value) {
    queries_[type] = [value](const std::string& data) {
      nothing(data);
      return bytes_of(static_cast<float>(value()));
    };
  };
  number(0x420000, 1, [this] { return cooler_.enabled() ? 1u : 0u; });
  real(0x420001, [this] { return cooler_.set_point(); });
  stored(0x420002, 0x420012, 1, 0, 0, 1);
  number(0x420003, 1, [this] { return cooler_.stable() ? 1u : 0u; });
  real(0x420004, [this] { return cooler_.temperature_C(); });
  on_off(0x420010, [this](bool on) { cooler_.enable(on); });
  commands_[0x420011] = [this](const std::string& data) {
    only_number(data, 4);
    const double celsius = static_cast<double>(float_at(data, 0));
    const bool possible = celsius >= virtual_obp::ThermoelectricCooler::least_C &&
                          celsius <= virtual_obp::ThermoelectricCooler::ambient_C;
    if (!possible) throw Error::invalid_payload;  // nor is what is not a number
    cooler_.set_point(celsius);
  };
}

}  // namespace nocturne
