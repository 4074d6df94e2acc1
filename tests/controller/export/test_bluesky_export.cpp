#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "controller/export/export_command.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using Names = std::set<std::string>;

/// What event-model's schemas ask for and allow (github.com/bluesky/event-model,
/// src/event_model/jsonschemas). Start, descriptor and stop allow any other name without a dot or a slash.
const std::map<std::string, Names>& required() {
  static const std::map<std::string, Names> names{
      {"start", {"time", "uid"}},
      {"descriptor", {"run_start", "time", "uid"}},
      {"event", {"data", "descriptor", "seq_num", "time", "timestamps", "uid"}},
      {"stop", {"exit_status", "run_start", "time", "uid"}}};
  return names;
}
const Names kAllowedInEvent{"data", "descriptor", "filled", "seq_num", "time", "timestamps", "uid"};
const Names kAllowedInDataKey{"choices",     "dims",      "dtype", "dtype_numpy", "external", "limits",
                              "object_name", "precision", "shape", "source",      "units"};
const Names kTypes{"string", "number", "array", "boolean", "integer"};

struct Document {
  std::string name;
  nlohmann::json body;
};

std::vector<Document> documents_of(bool end) {
  TemporaryFolder folder;
  write_small_campaign(folder / "a.db", end);
  std::ostringstream out;
  export_log({folder / "a.db", folder / "out", {"bluesky"}}, out);
  std::istringstream lines{file_text(folder / "out/documents.jsonl")};
  std::vector<Document> documents;
  for (std::string line; std::getline(lines, line);) {
    const auto pair = nlohmann::json::parse(line);
    REQUIRE(pair.size() == 2);
    documents.push_back({pair.at(0), pair.at(1)});
  }
  return documents;
}

Names keys_of(const nlohmann::json& object) {
  Names keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

bool has_dot_or_slash(const nlohmann::json& object) {
  if (!object.is_object()) return false;
  for (const auto& [key, value] : object.items())
    if (key.find_first_of("./") != std::string::npos || has_dot_or_slash(value)) return true;
  return false;
}

void check_data_keys(const nlohmann::json& keys) {
  for (const auto& [name, key] : keys.items()) {
    CAPTURE(name);
    for (const auto& part : keys_of(key)) CHECK(kAllowedInDataKey.contains(part));
    CHECK(kTypes.contains(key.at("dtype")));
    CHECK(key.at("shape").is_array());
    CHECK(key.at("source").is_string());
  }
}

}  // namespace

TEST_CASE("bluesky export: every document has what event-model requires, and nothing it forbids") {
  std::set<std::string> identifiers;
  for (const auto& [name, body] : documents_of(true)) {
    CAPTURE(body.dump());
    for (const auto& key : required().at(name)) CHECK(body.contains(key));
    CHECK(identifiers.insert(body.at("uid")).second);
    CHECK(body.at("time").is_number());
    if (name == "event") {
      for (const auto& key : keys_of(body)) CHECK(kAllowedInEvent.contains(key));
    } else {
      CHECK_FALSE(has_dot_or_slash(body));
    }
    if (name == "descriptor") {
      check_data_keys(body.at("data_keys"));
      const auto configurations = body.value("configuration", nlohmann::json::object());
      for (const auto& [device, configuration] : configurations.items()) {
        CHECK(keys_of(configuration) == Names{"data", "data_keys", "timestamps"});
        check_data_keys(configuration.at("data_keys"));
      }
    }
  }
}

TEST_CASE("bluesky export: documents refer to one another, in the order of time") {
  const auto documents = documents_of(true);
  CHECK(documents.front().name == "start");
  CHECK(documents.back().name == "stop");
  const std::string run = documents.front().body.at("uid");
  std::map<std::string, nlohmann::json> descriptors;
  std::map<std::string, int> events;
  double time = documents.front().body.at("time");
  CHECK(time == doctest::Approx(1795384800.25).epsilon(1e-15));
  for (const auto& [name, body] : documents) {
    CHECK(body.at("time").get<double>() >= time);
    time = body.at("time");
    if (name == "descriptor") {
      CHECK(body.at("run_start") == run);
      descriptors[body.at("uid")] = body;
    }
    if (name != "event") continue;
    REQUIRE(descriptors.contains(body.at("descriptor")));
    const auto& descriptor = descriptors.at(body.at("descriptor"));
    CHECK(keys_of(body.at("data")) == keys_of(descriptor.at("data_keys")));
    CHECK(keys_of(body.at("timestamps")) == keys_of(body.at("data")));
    CHECK(body.at("seq_num") == ++events[descriptor.at("name")]);
  }
  const auto& stop = documents.back().body;
  CHECK(stop.at("exit_status") == "abort");
  CHECK(stop.at("reason") == "by hand");
  CHECK(stop.at("num_events").get<std::map<std::string, int>>() == events);
  CHECK(events.at("primary") == 2);  // experiment 3 never came to an outcome
  CHECK(events.at("spectra") == 4);
}

TEST_CASE("bluesky export: data with units, spectra with their wavelengths") {
  std::map<std::string, nlohmann::json> descriptors;
  std::map<std::string, std::vector<nlohmann::json>> events;
  for (const auto& [name, body] : documents_of(true)) {
    if (name == "descriptor") descriptors[body.at("name")] = body;
    if (name != "event") continue;
    for (const auto& [stream, descriptor] : descriptors)
      if (descriptor.at("uid") == body.at("descriptor")) events[stream].push_back(body);
  }
  const auto& primary = events.at("primary");
  CHECK(primary.at(0).at("data").at("peak_nm") == 507.25);
  CHECK(primary.at(0).at("data").at("plqy").is_null());
  CHECK(primary.at(1).at("data").at("outcome") == "stalled");
  CHECK(descriptors.at("primary").at("data_keys").at("peak_nm").at("units") == "nm");
  const auto& spectrum = events.at("spectra").at(1).at("data");
  CHECK(spectrum.at("role") == "emission");
  CHECK(spectrum.at("counts") == nlohmann::json{10.0, 10.5, 11.0});
  const auto& described = descriptors.at("spectra");
  CHECK(described.at("data_keys").at("counts").at("shape") == nlohmann::json{3});
  CHECK(described.at("configuration").at("spectrometer").at("data").at("wavelength_nm") ==
        nlohmann::json{400.0, 500.5, 600.0});
}

TEST_CASE("bluesky export: a campaign without an end has no stop document") {
  for (const auto& [name, body] : documents_of(false)) CHECK(name != "stop");
}

}  // namespace nocturne::test
