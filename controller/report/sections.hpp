#pragma once

#include "controller/report/html.hpp"
#include "controller/report/logged_night.hpp"

// The parts of a report, each from its heading on. What a log does not hold is left out with a sentence why.
namespace nocturne {

/// What was wanted, what came of it and what it cost.
Html result_section(const LoggedNight& night);
/// How the experiments came closer to the targets.
Html progress_section(const LoggedNight& night);
/// Spectra of the best product, and of all.
Html spectra_section(const Log& log, const LoggedNight& night);
/// What the model expects over the two variables that matter most, and how surely.
Html surface_section(const LoggedNight& night);
/// Why each experiment was chosen, and how true the predictions were.
Html choices_section(const LoggedNight& night);
/// Temperatures, what went wrong, the journal.
Html course_section(const LoggedNight& night);
/// What was used of each stock and what is left.
Html reagents_section(const LoggedNight& night);
/// Everything that it takes to judge or repeat the night.
Html methods_section(const LoggedNight& night);

}  // namespace nocturne
