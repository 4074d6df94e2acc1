#pragma once

#include <string>

#include "controller/json_types.hpp"
#include "models/observation.hpp"
#include "models/spectra/frame.hpp"
#include "models/study.hpp"
#include "models/variable.hpp"
#include "optimizer/suggestion.hpp"
#include "recipes/flow_plan.hpp"

// Found by nlohmann::json by their argument: `Json j = observation;` and `j.get<Observation>()`. Conditions
// convert by themselves. Doubles survive text bit for bit; writing NaN or infinity throws
// std::invalid_argument; what was not measured is left out. Reading throws nlohmann::json::exception.
namespace nocturne {

/// Canonical text: sorted keys, no white space. Bytes that are not UTF-8 are replaced.
std::string canonical_text(const Json& json);

/// {"value", "se"}; without "se" where no standard error is known (0).
void to_json(Json& json, const Estimate& estimate);
void from_json(const Json& json, Estimate& estimate);

/// {"value", "low", "high"}
void to_json(Json& json, const Interval& interval);
void from_json(const Json& json, Interval& interval);

/// {"peak_nm", "peak_nm_se", ..., "edge_length_nm": {"value", "low", "high"}, "flags"}
void to_json(Json& json, const Observation& observation);
void from_json(const Json& json, Observation& observation);

/// {"kind", "detail"}
void to_json(Json& json, const Failure& failure);
void from_json(const Json& json, Failure& failure);

/// {"observation"} or {"failure"}
void to_json(Json& json, const Outcome& outcome);
void from_json(const Json& json, Outcome& outcome);

/// {"feeds_uL_min": {stock}, "diluent_uL_min", "reaction_flow_uL_min", "temperature_C", "residence_time_s",
/// "arrival_time_s"}; exact but for the rounding of the units.
void to_json(Json& json, const FlowPlan& plan);
void from_json(const Json& json, FlowPlan& plan);

/// {"predicted": {"peak_nm": {"mean", "low", "high"}, ...}, "probability"}
void to_json(Json& json, const Prediction& prediction);
void from_json(const Json& json, Prediction& prediction);

/// The prediction's, and {"conditions", "reason"}.
void to_json(Json& json, const Suggestion& suggestion);
void from_json(const Json& json, Suggestion& suggestion);

/// {"output", "value", "tolerance", "fwhm_max_meV", "narrowest"}
void to_json(Json& json, const Target& target);
void from_json(const Json& json, Target& target);

/// {"name", "source", "records": [{"conditions", "measured": {"peak_nm": {"value", "se"}, ...}}, ...]}
void to_json(Json& json, const Study& study);
void from_json(const Json& json, Study& study);

/// {"model", "serial", "wavelength_nm", "saturation_counts", "nonlinearity", "gain_electrons_per_count",
/// "read_noise_counts", and if there are any "unlit_pixels"}
void to_json(Json& json, const Detector& detector);
void from_json(const Json& json, Detector& detector);

}  // namespace nocturne
