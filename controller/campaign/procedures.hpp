#pragma once

#include <map>
#include <string>

#include "controller/campaign/laboratory.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

constexpr Duration kLampSettling = std::chrono::seconds{2};

/// Something to know: told, and logged.
Task<void> warn(Laboratory& laboratory, std::string what);

/// Arms every instrument and records who it is.
Task<void> arm(Laboratory& laboratory);

/// What the pumps had counted when they were armed, by stock.
std::map<std::string, CounterAtArming> counters_of(const Bench& bench);

/// Fills the dry tube between a syringe and the reactor, so that what is planned for a mixture is what meets
/// in it. Logged.
Task<void> prime(Laboratory& laboratory, FeedDescription feed);
/// What that takes from the syringe.
Volume taken_by_priming(const FeedDescription& feed);

/// Solvent in the cell: the lamp reference that later absorbances refer to, and the blank, what the LED makes
/// of a cell without product; emission in it is a warning. With a balance it begins only when solvent has
/// been seen to arrive there.
Task<Frame> take_reference(Laboratory& laboratory);

/// Stops the feeds, keeps the heat, flushes the cell with solvent and takes a new reference.
Task<Frame> clean_cell(Laboratory& laboratory);

/// What it takes from the syringes, by stock.
std::map<std::string, Volume> taken_by_reference(const Recipe& recipe);

}  // namespace nocturne
