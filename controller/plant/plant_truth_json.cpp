#include "controller/plant/plant_truth_json.hpp"

namespace nocturne {

OrderedJson json_of(const PlantTruth& truth) {
  OrderedJson json = OrderedJson::object();
  if (truth.emits) {
    json["peak_nm"] = truth.peak_nm;
    json["fwhm_meV"] = truth.fwhm_meV;
  }
  json["edge_length_nm"] = truth.edge_length_nm;
  json["plqy"] = truth.plqy;
  json["yield"] = truth.yield;
  json["nanoplatelet_fraction"] = truth.nanoplatelet_fraction;
  return json;
}

}  // namespace nocturne
