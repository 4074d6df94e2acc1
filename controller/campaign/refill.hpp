#pragma once

#include <string>

#include "controller/campaign/laboratory.hpp"
#include "controller/campaign/refill_account.hpp"

namespace nocturne {

/// Draws `volume` from its bottle into the syringe of a feed: the feed stands, its valve leads to the bottle,
/// the pump draws, the valve leads to the reactor again. Logged, and counted in `refills`. Throws
/// DeviceError; then the pump is to be stopped, and the valve stands anywhere.
Task<void> refill(Laboratory& laboratory, std::string stock, Volume volume, RefillAccount& refills);

/// After a hold or a stop, while nothing flows: the valves lead to the reactor again, and of what was being
/// filled the pumps tell how much it was. Throws DeviceError.
Task<void> end_refills(Laboratory& laboratory, RefillAccount& refills);

}  // namespace nocturne
