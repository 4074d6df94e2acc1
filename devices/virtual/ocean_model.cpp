#include "devices/virtual/ocean_model.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace nocturne {

namespace {

/// What the small ones without buffer have in common.
OceanModel micro(std::string name, std::uint16_t product_id) {
  OceanModel model;
  model.name = std::move(name);
  model.pixels = 1024;
  model.full_scale = 16383.0;
  model.min_exposure_us = 10;
  model.max_exposure_us = 85'000'000;
  model.trigger_modes = {0, 1, 2};
  model.free_running_modes = {0, 2};
  model.spectrum_types = {virtual_obp::corrected_spectrum, virtual_obp::raw_spectrum};
  model.active_ranges = {{0, 1023}};
  model.product_id = product_id;
  model.most_binning = 3;
  return model;
}

OceanModel spark_model() {
  OceanModel model = micro("Spark", 0x4200);
  model.spectrum_types.insert(virtual_obp::raw_spectra_with_metadata);
  return model;
}

OceanModel ventana_model() {
  OceanModel model = micro("Ventana", 0x5000);
  model.full_scale = 65535.0;
  model.min_exposure_us = 22'000;
  model.max_exposure_us = 60'000'000;
  model.most_binning = 0;
  return model;
}

OceanModel qe_pro_model() {
  OceanModel model;
  model.name = "QEPro";
  model.pixels = 1044;
  model.full_scale = 262143.0;
  model.min_exposure_us = 8000;
  model.max_exposure_us = 1'600'000'000;
  model.trigger_modes = {0, 1, 2, 3};
  model.free_running_modes = {0};
  model.spectrum_types = {virtual_obp::buffered_spectrum_with_metadata};
  model.active_ranges = {{4, 1039}};
  model.dark_ranges = {{0, 3}, {1040, 1043}};
  model.product_id = 0x4004;
  model.most_buffered = 15'000;
  model.cooled = true;
  return model;
}

OceanModel on_the_network(std::string name, int pixels, std::uint16_t product_id) {
  OceanModel model;
  model.name = std::move(name);
  model.pixels = pixels;
  model.min_exposure_us = 6000;
  model.max_exposure_us = 10'000'000;
  model.trigger_modes = {0, 1, 3, 0xFF};
  model.free_running_modes = {0};
  model.spectrum_types = {virtual_obp::corrected_spectrum, virtual_obp::raw_spectrum,
                          virtual_obp::raw_spectra_with_metadata};
  model.active_ranges = {{0, static_cast<std::uint32_t>(pixels - 1)}};
  model.product_id = product_id;
  model.most_buffered = 50'000;
  model.networked = true;
  return model;
}

}  // namespace

const OceanModel& ocean_model(const std::string& name) {
  static const std::array<OceanModel, 6> models{on_the_network("FX", 2136, 0x2001),
                                                on_the_network("HDX", 2068, 0x2003),
                                                micro("STS", 0x4000),
                                                spark_model(),
                                                qe_pro_model(),
                                                ventana_model()};
  std::string bare = name.starts_with("Ocean ") ? name.substr(6) : name;
  std::erase(bare, ' ');
  if (bare == "FlameX") bare = "FX";
  const auto found = std::ranges::find(models, bare, &OceanModel::name);
  if (found == models.end())
    throw std::invalid_argument{"unknown spectrometer model '" + name +
                                "' (FX, FlameX, HDX, STS, Spark, QEPro, Ventana)"};
  return *found;
}

}  // namespace nocturne
