#include "devices/ocean_models.hpp"

#include <algorithm>
#include <stdexcept>

#include "devices/ocean_messages.hpp"

namespace nocturne {
namespace {

using namespace std::chrono_literals;

namespace msg = ocean::msg;

OceanInstrument sts() {
  OceanInstrument model{"STS", 1024, 16383.0, 10us, 85s, {msg::corrected_spectrum, msg::raw_spectrum}};
  model.metadata_bytes = {0};
  model.product = 0x4000;
  model.trigger_modes = {{1, "external"}, {2, "internal"}};
  return model;
}

OceanInstrument spark() {
  OceanInstrument model = sts();
  model.name = "Spark";
  model.spectrum_messages = {msg::corrected_spectrum};
  model.metadata_bytes = {0, 64};
  model.product = 0x4200;
  return model;
}

OceanInstrument qe_pro() {
  OceanInstrument model{"QE Pro", 1044, 262143.0, 8ms, 1600s, {msg::buffered_spectrum}, 4};
  model.metadata_bytes = {32};
  model.buffered = true;
  model.product = 0x4004;
  model.unlit = {{0, 3}, {1040, 1043}};
  model.trigger_modes = {{1, "level"}, {2, "synchronised"}, {3, "edge"}};
  return model;
}

OceanInstrument ventana() {
  OceanInstrument model{"Ventana", 1024, 65535.0, 22ms, 60s, {msg::corrected_spectrum}};
  model.metadata_bytes = {0};
  model.product = 0x5000;
  return model;
}

OceanInstrument hdx() {
  OceanInstrument model{"HDX", 2068, 65535.0, 6ms, 10s, {msg::corrected_spectrum}};
  model.metadata_bytes = {0};
  model.product = 0x2003;
  model.trigger_modes = {{1, "edge"}, {3, "level"}, {0xFF, "disabled"}};
  return model;
}

OceanInstrument fx(const char* name) {
  OceanInstrument model = hdx();
  model.name = name;
  model.pixels = 2136;
  model.product = 0;
  return model;
}

const std::vector<OceanInstrument>& models() {
  static const std::vector<OceanInstrument> all{sts(), spark(),  qe_pro(),    ventana(),
                                                hdx(), fx("FX"), fx("FlameX")};
  return all;
}

}  // namespace

std::string OceanInstrument::trigger_mode(int mode) const {
  const auto named = std::ranges::find(trigger_modes, mode, &std::pair<int, std::string>::first);
  const std::string meaning =
      mode == 0 ? "normal" : (named == trigger_modes.end() ? "unknown" : named->second);
  return std::to_string(mode) + " (" + meaning + ")";
}

OceanInstrument ocean_instrument(const std::string& name) {
  std::string known;
  for (const OceanInstrument& model : models()) {
    if (model.name == name) return model;
    known += (known.empty() ? "" : ", ") + model.name;
  }
  throw std::invalid_argument{"no spectrometer model '" + name + "' (" + known + ")"};
}

std::string spectrometer_product(std::uint16_t product) {
  if (product == 0) return {};
  const auto found = std::ranges::find(models(), product, &OceanInstrument::product);
  return found == models().end() ? std::string{} : found->name;
}

}  // namespace nocturne
