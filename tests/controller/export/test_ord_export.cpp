#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/export/export_command.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

nlohmann::json dataset_of_small_campaign() {
  TemporaryFolder folder;
  write_small_campaign(folder / "a.db");
  std::ostringstream out;
  export_log({folder / "a.db", folder / "out", {"ord"}}, out);
  return nlohmann::json::parse(file_text(folder / "out/dataset.json"));
}

}  // namespace

TEST_CASE("ord export: inputs with flow and what one residence time brings of each component") {
  const auto reactions = dataset_of_small_campaign().at("reactions");
  REQUIRE(reactions.size() == 2);  // the third never began
  const auto& inputs = reactions.at(0).at("inputs");
  CHECK(inputs.size() == 2);
  const auto& lead = inputs.at("cs_pb");
  CHECK(lead.at("flowRate").at("units") == "MICROLITER_PER_MINUTE");
  CHECK(lead.at("flowRate").at("value").get<double>() == doctest::Approx(60.0));
  REQUIRE(lead.at("components").size() == 3);
  const auto& caesium = lead.at("components").at(0);
  CHECK(caesium.at("identifiers").at(0) == nlohmann::json{{"type", "NAME"}, {"value", "caesium oleate"}});
  CHECK(caesium.at("amount").at("moles").at("units") == "MICROMOLE");
  CHECK(caesium.at("amount").at("moles").at("value").get<double>() ==
        doctest::Approx(3.3));  // 33 mmol/L, 100 µL
  CHECK(caesium.at("reactionRole") == "REACTANT");
  CHECK(caesium.at("source").at("lot") == "A-12, \"old\"");
  const auto& solvent = lead.at("components").at(2);
  CHECK(solvent.at("reactionRole") == "SOLVENT");
  CHECK(solvent.at("amount").at("volume").at("value").get<double>() == doctest::Approx(100.0));
  CHECK(solvent.at("amount").at("volumeIncludesSolutes") == true);
  CHECK_FALSE(inputs.at("bromide").at("components").at(0).contains("source"));
  const auto& dilution = reactions.at(0).at("workups").at(0);
  CHECK(dilution.at("type") == "ADDITION");
  CHECK(dilution.at("input").at("flowRate").at("value").get<double>() == doctest::Approx(900.0));
}

TEST_CASE("ord export: conditions, what was measured with its error, and where it comes from") {
  const auto reactions = dataset_of_small_campaign().at("reactions");
  const auto& reaction = reactions.at(0);
  const auto& setpoint = reaction.at("conditions").at("temperature").at("setpoint");
  CHECK(setpoint.at("units") == "CELSIUS");
  CHECK(setpoint.at("value").get<double>() == doctest::Approx(150.0));
  const auto& outcome = reaction.at("outcomes").at(0);
  CHECK(outcome.at("reactionTime") == nlohmann::json{{"value", 100.0}, {"units", "SECOND"}});
  const auto& product = outcome.at("products").at(0);
  CHECK(product.at("identifiers").at(0).at("value") == "CsPbBr3 quantum dots");
  const auto& measurements = product.at("measurements");
  CHECK(measurements.at(0).at("details") == "peak_nm");
  CHECK(measurements.at(0).at("floatValue") == nlohmann::json{{"value", 507.25}, {"precision", 0.125}});
  CHECK(measurements.at(1).at("percentage") == nlohmann::json{{"value", 50.0}, {"precision", 25.0}});
  for (const auto& measurement : measurements)
    CHECK(outcome.at("analyses").contains(measurement.at("analysisKey").get<std::string>()));
  const auto& provenance = reaction.at("provenance");
  CHECK(provenance.at("experimentStart").at("value") == "2026-11-22T22:00:03.250Z");
  CHECK(provenance.at("reactionMetadata").at("experiment") == nlohmann::json{{"integerValue", 1}});
  CHECK(provenance.at("reactionMetadata").at("br_pb") == nlohmann::json{{"floatValue", 5.0}});
}

TEST_CASE("ord export: a failed experiment says why, and has no product") {
  const auto reaction = dataset_of_small_campaign().at("reactions").at(1);
  CHECK(reaction.at("observations").at(0).at("comment") == "stalled: pump, \"left\"");
  CHECK_FALSE(reaction.at("outcomes").at(0).contains("products"));
}

}  // namespace nocturne::test
