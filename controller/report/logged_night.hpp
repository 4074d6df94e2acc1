#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/campaign/restored_campaign.hpp"
#include "models/spectra/seen_spectra.hpp"

namespace nocturne {

/// A log as its report needs it.
struct LoggedNight {
  struct Sentence {
    double hours = 0.0;
    std::string text;
    bool trouble = false;  ///< of something that went wrong
  };
  struct Phase {
    std::string state;
    double from_hours = 0.0, to_hours = 0.0;
  };
  struct Reading {
    double hours = 0.0;
    std::map<std::string, double> temperature_C;  ///< by instrument
  };
  struct Plan {
    int experiment = 0;
    double hours = 0.0;
    double temperature_C = 0.0;
  };

  std::filesystem::path file;
  CampaignRecord record;
  std::string fingerprint;
  std::optional<std::int64_t> first_damaged;   ///< event that is not as it was written; 0 = the header
  std::unique_ptr<RestoredCampaign> campaign;  ///< none: the log was imported
  std::unique_ptr<Optimizer> optimizer;        ///< that was told the whole log; likewise
  Material material;
  std::vector<Sentence> journal;
  std::vector<Phase> phases;
  std::vector<Reading> readings;
  std::vector<Plan> plans;
  std::map<std::string, std::string> instruments;  ///< what each said that it is
  std::map<std::string, int> refills;              ///< how many, by stock
  std::map<int, Spectrum> emission;  ///< by experiment: counts per second, or as it was imported

  bool imported() const { return !campaign; }
  double hours() const { return hours_of(record.last_time); }
  /// The observation of an experiment; nothing if it failed or has none.
  const Observation* product(int experiment) const;
  int products() const;
};

/// Throws LogError, FileError.
LoggedNight read_night(const Log& log);

/// The experiment that met a target best by its measurement, if any product was measured.
std::optional<int> best_experiment(const LoggedNight& night, std::size_t target);
/// The first experiment that met it.
std::optional<int> first_meeting(const LoggedNight& night, const Target& target);

/// The spectra behind an experiment of a campaign, read from the log again; nothing if there are none.
std::optional<SeenSpectra> spectra_behind(const Log& log, const LoggedNight& night, int experiment);

}  // namespace nocturne
