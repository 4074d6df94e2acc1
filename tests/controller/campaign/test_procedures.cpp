#include <doctest/doctest.h>

#include <algorithm>

#include "controller/campaign/procedures.hpp"
#include "support/refusal.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

const std::string kStandard =
    "[standard]\nbr_pb = 5\namine_pb = 2\ntemperature = \"150 °C\"\nresidence_time = \"2 min\"\n";

/// A night of two experiments of which tests change the files.
struct StartedNight : VirtualNight {
  StartedNight() { overrides.budget = 2; }

  CampaignFiles with_recipe(const std::string& more) const {
    CampaignHeader header = files().header;
    header.recipe_text += "\n" + more;
    return campaign_files_of(header);
  }
  CampaignFiles with_lines(const std::string& volume) const {
    CampaignHeader header = files().header;
    std::string& text = header.bench_text;
    for (std::size_t at = text.find("syringe = {"); at != std::string::npos;
         at = text.find("syringe = {", at)) {
      const std::string line = "line_volume = \"" + volume + "\"\n";
      text.insert(at, line);
      at += line.size() + 1;
    }
    return campaign_files_of(header);
  }

  /// Warnings that begin like this.
  int warned(const std::string& beginning) const {
    const std::vector<Warned> all = events<Warned>();
    return static_cast<int>(std::ranges::count_if(
        all, [&](const Warned& warning) { return warning.what.starts_with(beginning); }));
  }
  double peak_nm(int experiment) const {
    const Outcome outcome = record().outcomes.at(experiment);
    REQUIRE(std::holds_alternative<Observation>(outcome));
    return std::get<Observation>(outcome).peak_nm->value;
  }
};

}  // namespace

TEST_CASE("start: dry tubes are filled one after the other, and the products are those of full tubes") {
  StartedNight full, dry;
  full.run();
  const CampaignResult result = dry.run(dry.with_lines("2 mL"));
  CHECK(result.status != "faulted");
  const std::vector<Primed> primed = dry.events<Primed>();
  REQUIRE(primed.size() == 4);
  for (const Primed& one : primed) {
    CHECK(one.volume_mL >= 2.4);
    CHECK(one.volume_mL < 2.5);
  }
  const auto conditions = [](const StartedNight& night) {
    return night.record().decisions.at(1).suggestion.conditions;
  };
  CHECK(conditions(dry) == conditions(full));
  for (const int experiment : {1, 2}) {
    CHECK(dry.peak_nm(experiment) ==
          doctest::Approx(full.peak_nm(experiment))
              .epsilon(0.006));  // stocks, pumps and heat differ as from night to night
  }
  CHECK(full.events<Primed>().empty());
}

TEST_CASE("start: a resumed night does not fill its tubes again") {
  StartedNight night;
  const CampaignFiles files = night.with_lines("0.4 mL");
  night.run(files, [&](Night& running) -> Task<void> {
    co_await night.until_product(running);
    running.campaign().request_stop();
  });
  CHECK(night.resume().status != "faulted");
  CHECK(night.events<Primed>().size() == 4);
  CHECK(night.record().resumes == 1);
}

TEST_CASE("start: neither filling tubes nor flushing with solvent exceeds what the cell bears") {
  StartedNight night;
  CampaignHeader header = night.with_lines("0.4 mL").header;
  header.bench_text =
      replaced(header.bench_text, "max_total_flow = \"6 mL/min\"", "max_total_flow = \"0.8 mL/min\"");
  CHECK(night.run(campaign_files_of(header)).status != "faulted");
  CHECK(night.record().calibration.contains("reference"));
  double most_uL_min = 0.0;
  for (const ReadingTaken& reading : night.events<ReadingTaken>()) {
    double all_uL_min = 0.0;
    for (const auto& [stock, flow_uL_min] : reading.flow_uL_min) all_uL_min += flow_uL_min;
    most_uL_min = std::max(most_uL_min, all_uL_min);
  }
  CHECK(most_uL_min > 600.0);
  CHECK(most_uL_min <= 801.0);
}

TEST_CASE("start: the solvent is looked at with the LED, and a clean cell warns of nothing") {
  StartedNight night;
  night.run();
  const std::map<std::string, SpectrumRecord> seen = night.record().calibration;
  for (const char* role : {"reference", "blank", "blank_dark"}) CHECK(seen.contains(role));
  CHECK(seen.at("blank").frame.exposure_s == seen.at("blank_dark").frame.exposure_s);
  CHECK(night.warned("with solvent in it") == 0);
}

TEST_CASE("start: product that stands in the cell when the reference is taken is told") {
  StartedNight night;
  CampaignHeader header = night.files().header;
  header.recipe_text = replaced(header.recipe_text, "[dilution]\nstock = \"diluent\"\nratio = 5\n", "");
  night.run(campaign_files_of(header), [&](Night& running) -> Task<void> {
    co_await night.until_product(running);
    SteerBox box{night.log_file()};
    box.post(SteerRequest{"pause", {}, {}, "Eva", "lunch"});
    co_await running.clock().sleep_for(1h);
    box.post(SteerRequest{"resume", {}, {}, "Eva", "back"});
  });
  CHECK(night.warned("with solvent in it the cell emits at ") > 0);
}

TEST_CASE("start: the standard is the first experiment, and replay agrees") {
  StartedNight night;
  night.run(night.with_recipe(kStandard));
  const Decided first = night.record().decisions.at(1), second = night.record().decisions.at(2);
  CHECK(first.suggestion.reason == "standard");
  CHECK(first.suggestion.conditions ==
        Conditions{{"amine_pb", 2.0}, {"br_pb", 5.0}, {"residence_time_s", 120.0}, {"temperature_C", 150.0}});
  CHECK(second.suggestion.reason != "standard");
  CHECK(night.warned("the standard gave ") == 0);
  CHECK(night.verify().identical());
}

TEST_CASE("start: a standard that gives something else than before is a warning") {
  for (const double off_nm : {0.0, 5.0}) {
    StartedNight known, night;
    known.run(known.with_recipe(kStandard));
    const std::string peak =
        "peak = \"" + std::to_string(known.peak_nm(1) + off_nm) + " nm\"\ntolerance = \"1 nm\"\n";
    night.run(night.with_recipe(kStandard + peak));
    CHECK(night.warned("the standard gave ") == (off_nm > 0.0 ? 1 : 0));
  }
}

TEST_CASE("start: a standard that this bench cannot make is refused before anything is opened") {
  StartedNight night;
  const std::string slow = replaced(kStandard, "\"2 min\"", "\"40 s\"");
  const CampaignFiles files = night.with_recipe(replaced(slow, "br_pb = 5", "br_pb = 12"));
  CampaignHeader header = files.header;
  header.bench_text =
      replaced(header.bench_text, "max_total_flow = \"6 mL/min\"", "max_total_flow = \"1 mL/min\"");
  const CampaignFiles narrow = campaign_files_of(header);
  const std::string line = line_of(header.recipe_text, "[standard]");
  check_refusal(refusal([&] { night.run(narrow); }), header.recipe_file + ":" + line,
                {"this bench cannot make the standard"});
}

}  // namespace nocturne::test
