#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/campaign/campaign_record.hpp"
#include "controller/export/export_provenance.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/import.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log_snapshot.hpp"
#include "controller/replay/replay.hpp"
#include "devices/clock.hpp"
#include "recipes/delimited_table.hpp"
#include "support/toy_import.hpp"

namespace nocturne::test {

TEST_CASE(
    "import: every row becomes an experiment with its conditions, its spectrum and what was published") {
  Import import;
  const ImportResult result = import_table(import.request());
  CHECK(result.experiments == 2);
  CHECK(result.skipped_rows == 1);
  CHECK(result.spectra == 2);
  const Log log = Log::open(import.folder / "a.db", Log::Access::read);
  CHECK(log.fingerprint() == result.fingerprint);
  CHECK(log.header().origin == "import");
  CHECK(log.header().id == "toy-0");
  CHECK(log.header().recipe_text == kMap);
  CHECK(log.header().material_text.find("bulk_energy") != std::string::npos);

  const CampaignRecord record = read_campaign(log);
  CHECK(record.unfinished.empty());
  const auto& first = record.decisions.at(1).suggestion;
  CHECK(first.conditions ==
        Conditions{{"br_pb", 4.5}, {"temperature_C", 140.0}, {"solvent", 0.0}, {"cs_pb", 1.0}});
  CHECK(first.reason == "imported from line 2, Sample a1");
  CHECK(record.decisions.at(2).suggestion.conditions.at("solvent") == 1.0);
  CHECK(record.decisions.at(2).suggestion.reason == "imported from line 5, Sample a \"2\"\nand more");

  const auto& published = std::get<Observation>(record.outcomes.at(1));
  CHECK(published.peak_nm->value == 490.5);
  CHECK(published.peak_nm->standard_error == 0.0);
  CHECK(published.fwhm_meV->value == 100.0);
  CHECK(published.fwhm_meV->standard_error == 2.0);
  CHECK(published.plqy->value == 0.8);
  CHECK(published.flags == std::vector<std::string>{"published"});
  CHECK(outputs(std::get<Observation>(record.outcomes.at(2))).empty());
}

TEST_CASE("import: the log says which table it is of, by its digest, and which file each spectrum") {
  Import import;
  import_table(import.request());
  const Log log = Log::open(import.folder / "a.db", Log::Access::read);
  CHECK(read_campaign(log).ended->why == "made up; table table.csv, SHA-256 " + digest_of(kTable));
  std::vector<std::string> purposes;
  log.for_each([&](const Event& event) {
    if (is<FramesTaken>(event)) purposes.push_back(read<FramesTaken>(event).purpose);
  });
  CHECK(purposes == std::vector<std::string>{"imported from one.txt", "imported from two.txt"});
  std::map<std::string, std::string> provenance;
  for (const auto& [name, value] : provenance_of(LogSnapshot{import.folder / "a.db"}))
    provenance[name] = value;
  CHECK(provenance.at("imported_from").find("table.csv, SHA-256") != std::string::npos);
}

TEST_CASE("import: spectra keep their own wavelengths, the analysed column first") {
  Import import;
  SUBCASE("the last column") {}
  SUBCASE("the first column") { import.map += "value = \"first\"\n"; }
  const bool last = import.map == kMap;
  import_table(import.request());
  std::vector<std::vector<SpectrumRecord>> spectra;
  Log::open(import.folder / "a.db", Log::Access::read).for_each([&](const Event& event) {
    if (is<FramesTaken>(event)) spectra.push_back(event.spectra);
  });
  REQUIRE(spectra.size() == 2);
  REQUIRE(spectra[0].size() == 2);
  CHECK(spectra[0][0].role == "emission");
  CHECK(spectra[0][1].role == (last ? "column 1" : "column 2"));
  CHECK(spectra[0][0].wavelength_nm.size() == 201);
  CHECK(spectra[1][0].wavelength_nm.size() == 401);
  CHECK(spectra[0][0].frame.counts(0) == doctest::Approx(last ? 0.01 : 500.0));
}

TEST_CASE("import: re-analysis compares with the published values, and verify finds the log sound") {
  Import import;
  import_table(import.request());
  const Log log = Log::open(import.folder / "a.db", Log::Access::read);
  const auto again = reanalyze(log, {});
  REQUIRE(again.size() == 2);
  CHECK(std::get<Observation>(*again[0].again).peak_nm->value == doctest::Approx(490.2).epsilon(1e-4));
  const double energy = 1239.84198 * (1.0 / (490.2 - 9.0 * 1.17741) - 1.0 / (490.2 + 9.0 * 1.17741));
  CHECK(*again[0].half_maximum_meV == doctest::Approx(1e3 * energy).epsilon(0.03));
  CHECK(peak_differences(again).compared == 1);
  CHECK(peak_differences(again).mean == doctest::Approx(-0.3).epsilon(0.1));
  const Verification verification = verify(log, {});
  CHECK(verification.events == 7);
  CHECK(verification.decisions == 0);
  CHECK(verification.foreign_decisions == 2);
  CHECK(verification.foreign_outcomes == 2);
  CHECK_FALSE(verification.first_difference);
}

TEST_CASE("import: verify does not claim to have done anything again, but finds a changed number") {
  Import import;
  import_table(import.request());
  const VirtualClock clock;
  const auto verified = [&](bool json) {
    std::ostringstream out;
    CHECK(replay_verify(Log::open(import.folder / "a.db", Log::Access::read), {}, clock, json, out) == 1);
    return out.str();
  };
  const Json line = Json::parse(verified(true));
  CHECK(line.at("identical") == false);
  CHECK(line.at("first_difference").is_null());
  CHECK(line.at("not_verifiable") == Json{{"decisions", 2}, {"observations", 2}});
  CHECK(verified(false).find("not verifiable: 2 decisions, 2 outcomes (every event is as it was written") !=
        std::string::npos);
  SQLite::Database{(import.folder / "a.db").string(), SQLite::OPEN_READWRITE}.exec(
      "UPDATE events SET body = replace(body, '490.5', '490.6')");
  CHECK(Json::parse(verified(true)).at("first_difference").at("what") == "is not what was written");
}

TEST_CASE("import: same files, same fingerprint; the map and every number count") {
  Import a, b, c;
  c.table = replaced(kTable, "490,5", "490,6");
  const std::string fingerprint = import_table(a.request()).fingerprint;
  CHECK(import_table(b.request()).fingerprint == fingerprint);
  CHECK(import_table(c.request()).fingerprint != fingerprint);
}

TEST_CASE("import: a column in another unit becomes the unit of its name, with its standard error") {
  Import import;
  const auto imported = [&] {
    import_table(import.request());
    return read_campaign(Log::open(import.folder / "a.db", Log::Access::read));
  };
  const auto observed = [&] { return std::get<Observation>(imported().outcomes.at(1)); };
  SUBCASE("kelvin") {
    import.map = replaced(kMap, "offset = -273.15", "unit = \"K\"");
    CHECK(imported().decisions.at(1).suggestion.conditions.at("temperature_C") == doctest::Approx(140.0));
  }
  SUBCASE("degrees Fahrenheit") {
    import.map = replaced(kMap, "offset = -273.15", "unit = \"°F\"");
    import.table = replaced(kTable, "413,15", "284");
    CHECK(imported().decisions.at(1).suggestion.conditions.at("temperature_C") == doctest::Approx(140.0));
  }
  SUBCASE("minutes, and a unit of two parts in the name") {
    import.map = replaced(kMap, "name = \"br_pb\"", "name = \"residence_time_s\"\nunit = \"min\"");
    CHECK(imported().decisions.at(1).suggestion.conditions.at("residence_time_s") == doctest::Approx(270.0));
    fs::remove(import.folder / "a.db");
    import.map = replaced(kMap, "name = \"br_pb\"", "name = \"lead_bromide_mmol_L\"\nunit = \"M\"");
    CHECK(imported().decisions.at(1).suggestion.conditions.at("lead_bromide_mmol_L") ==
          doctest::Approx(4500.0));
  }
  SUBCASE("a peak in eV: its wavelength, with an error of the same share") {
    import.map = replaced(kMap, "column = \"peak\"",
                          "column = \"peak\"\nunit = \"eV\"\nstandard_error = \"width error\"");
    import.table = replaced(kTable, "490,5", "2.5");
    const Estimate peak = *observed().peak_nm;
    CHECK(peak.value == doctest::Approx(495.9368));
    CHECK(peak.standard_error == doctest::Approx(495.9368 * 0.002 / 2.5));
  }
  SUBCASE("a peak in wave numbers") {
    import.map = replaced(kMap, "column = \"peak\"", "column = \"peak\"\nunit = \"1/cm\"");
    import.table = replaced(kTable, "490,5", "20000");
    CHECK(observed().peak_nm->value == doctest::Approx(500.0));
  }
  SUBCASE("a width in nm: the energies of its two sides, and the peak's error too") {
    import.map = replaced(kMap, "scale = 1e3", "unit = \"nm\"");
    import.map =
        replaced(import.map, "column = \"peak\"", "column = \"peak\"\nstandard_error = \"width error\"");
    import.table = replaced(kTable, "0,1;0,002", "20;1");
    const auto width_meV = [](double peak, double width) {
      return 1239841.984 / (peak - 0.5 * width) - 1239841.984 / (peak + 0.5 * width);
    };
    const Estimate width = *observed().fwhm_meV;
    CHECK(width.value == doctest::Approx(width_meV(490.5, 20.0)));
    const double by_width = (width_meV(490.5, 20.01) - width_meV(490.5, 19.99)) / 0.02;
    const double by_peak = (width_meV(490.51, 20.0) - width_meV(490.49, 20.0)) / 0.02;
    CHECK(width.standard_error == doctest::Approx(std::hypot(by_width, by_peak)).epsilon(1e-4));
  }
  SUBCASE("a yield in %") {
    import.map = replaced(kMap, "name = \"plqy\"", "name = \"plqy\"\nunit = \"%\"");
    import.table = replaced(kTable, "0.8", "80");
    CHECK(observed().plqy->value == doctest::Approx(0.8));
  }
}

TEST_CASE("import: what cannot be is refused with its line, and with what can") {
  Import import;
  const char* words = nullptr;
  SUBCASE("colder than any solvent") {
    import.table = replaced(kTable, "413,15", "-78");
    words =
        "'-78' in column 'T / K' makes temperature_C -351.15 (allowed: -50 to 400; is it in another unit?)";
  }
  SUBCASE("a negative wavelength") {
    import.table = replaced(kTable, "490,5", "-5");
    words = "'-5' in column 'peak' makes peak_nm -5 (allowed: 300 to 1100";
  }
  SUBCASE("a wavelength of a metre") {
    import.table = replaced(kTable, "490,5", "1e9");
    words = "makes peak_nm 1e+09 (allowed: 300 to 1100";
  }
  SUBCASE("an energy of 0 as a wavelength") {
    import.map = replaced(kMap, "column = \"peak\"", "column = \"peak\"\nunit = \"eV\"");
    import.table = replaced(kTable, "490,5", "0");
    words = "makes peak_nm inf (allowed: 300 to 1100";
  }
  SUBCASE("a negative standard error") {
    import.table = replaced(kTable, "0,002", "-1");
    words = "'-1' in column 'width error' is no standard error (allowed: 0 or more)";
  }
  SUBCASE("a yield in % without saying so") {
    import.table = replaced(kTable, "0.8", "80");
    words = "makes plqy 80 (allowed: 0 to 1";
  }
  SUBCASE("a negative amount of something that only its unit tells") {
    import.map = replaced(kMap, "name = \"br_pb\"", "name = \"antisolvent_mL\"");
    import.table = replaced(kTable, "4,5;", "-4,5;");
    words = "makes antisolvent_mL -4.5 (allowed: 0 or more";
  }
  SUBCASE("a width in nm without the row's peak") {
    import.map = replaced(kMap, "scale = 1e3", "unit = \"nm\"");
    import.table = replaced(kTable, "490,5", "");
    words = "the width in column 'width' needs the row's peak_nm";
  }
  check_refusal(import.refused(), "table.csv:2", {words});
}

TEST_CASE("import: what is wrong in the table is said with its line, and nothing is left behind") {
  Import import;
  std::string place = "table.csv:2";
  const char* words = nullptr;
  SUBCASE("no number") {
    import.table = replaced(kTable, "490,5", "blue");
    words = "'blue' in column 'peak' is no number";
  }
  SUBCASE("two decimal signs") {
    import.table = replaced(kTable, "490,5", "1,490.5");
    words = "'1,490.5' in column 'peak' is no number";
  }
  SUBCASE("a missing condition") {
    import.table = replaced(kTable, "4,5;", ";");
    words = "the condition br_pb is missing in column 'ratio' (optional = true in the map allows it)";
  }
  SUBCASE("no choice") {
    import.table = replaced(kTable, "toluene", "water");
    words = "'water' in column 'solvent' is no choice (allowed: toluene, octane, n)";
  }
  SUBCASE("a spectrum that is not there, in the last row") {
    import.table = replaced(kTable, ";two", ";three");
    place = "table.csv:5";
    words = "three.txt does not exist";
  }
  SUBCASE("no spectrum named") {
    import.table = replaced(kTable, ";one", ";");
    words = "names no spectrum in column 'file'";
  }
  SUBCASE("a short row") {
    import.table = replaced(kTable, ";0.8;one", ";one");
    words = "the row has 8 cells (the header has 9)";
  }
  SUBCASE("an open quote") {
    import.table = replaced(kTable, "a1;", "\"a1;");
    import.table = replaced(import.table, "\"a \"\"2\"\"\nand more\"", "a2");
    import.table = replaced(import.table, "\"octane, n\"", "toluene");
    words = "a quoted cell has no end";
  }
  SUBCASE("no rows") {
    import.table = "Sample;ratio\n";
    place = "table.csv:1";
    words = "is no table";
  }
  SUBCASE("every row skipped") {
    import.map = replaced(kMap, "cells = [\"blank\"]", "cells = [\"blank\", \"a1\", 'a \"2\"\nand more']");
    import.map = replaced(import.map, "'a \"2\"\nand more'", R"("a \"2\"\nand more")");
    place = "table.csv:1";
    words = "every row is skipped";
  }
  check_refusal(import.refused(), place, {words});
}

TEST_CASE("import: a spectrum that is none is said with its own file and line") {
  Import import;
  write_file(import.folder / "spectra/two.txt", "Dear reader,\nno numbers here.\n");
  const std::string message = import.refused();
  CHECK(message.rfind("spectra/two.txt:", 0) == 0);
}

TEST_CASE("import: what is wrong in the map is said with its line") {
  Import import;
  std::string culprit;
  const char* words = nullptr;
  SUBCASE("a column that the table lacks") {
    import.map = replaced(kMap, "column = \"peak\"", "column = \"peek\"");
    culprit = "column = \"peek\"";
    words = "the table has no column 'peek'";
  }
  SUBCASE("an unknown key") {
    import.map = replaced(kMap, "suffix =", "sufix =");
    culprit = "sufix";
    words = "sufix";
  }
  SUBCASE("a material that nobody knows") {
    import.map = replaced(kMap, "cspbbr3", "unobtainium");
    culprit = "unobtainium";
    words = "there is no material 'unobtainium'";
  }
  SUBCASE("a value that is no output") {
    import.map = replaced(kMap, "name = \"plqy\"", "name = \"colour\"");
    culprit = "name = \"colour\"";
    words = "no output is called colour (allowed: peak_nm, fwhm_meV";
  }
  SUBCASE("a condition twice") {
    import.map = replaced(kMap, "cs_pb = 1.0", "br_pb = 1.0");
    culprit = "br_pb = 1.0";
    words = "the condition br_pb has a column too";
  }
  SUBCASE("a scale of 0") {
    import.map = replaced(kMap, "scale = 1e3", "scale = 0.0");
    culprit = "scale = 0.0";
    words = "a scale of 0";
  }
  SUBCASE("a scale for words") {
    import.map = replaced(kMap, "choices =", "scale = 2.0\nchoices =");
    culprit = "[[condition]]\nname = \"solvent\"";
    words = "no scale and no offset";
  }
  SUBCASE("a unit of something else") {
    import.map = replaced(kMap, "offset = -273.15", "unit = \"min\"");
    culprit = "unit = \"min\"";
    words = "'min' is no unit of temperature_C (allowed: °C, °F or K)";
  }
  SUBCASE("a unit and a scale") {
    import.map = replaced(kMap, "scale = 1e3", "scale = 1e3\nunit = \"eV\"");
    culprit = "unit = \"eV\"";
    words = "a column with a unit has no scale and no offset";
  }
  SUBCASE("a known condition in a unit of its own") {
    import.map = replaced(kMap, "name = \"temperature_C\"", "name = \"temperature_K\"");
    culprit = "name = \"temperature_K\"";
    words = "'temperature_K' is no condition (did you mean 'temperature_C'?";
  }
  SUBCASE("a misspelled condition") {
    import.map = replaced(kMap, "name = \"temperature_C\"", "name = \"temprature_C\"");
    culprit = "name = \"temprature_C\"";
    words = "did you mean 'temperature_C'?";
  }
  SUBCASE("a quantity without its unit") {
    import.map = replaced(kMap, "name = \"br_pb\"", "name = \"total_volume\"");
    culprit = "name = \"total_volume\"";
    words = "'total_volume' lacks its unit";
  }
  SUBCASE("a constant that cannot be") {
    import.map = replaced(kMap, "cs_pb = 1.0", "cs_pb = -1.0");
    culprit = "cs_pb = -1.0";
    words = "'cs_pb' = -1 cannot be (allowed: 0 to 1000)";
  }
  SUBCASE("a width in nm without any peak") {
    import.map = replaced(kMap, "scale = 1e3", "unit = \"nm\"");
    import.map = replaced(import.map, "name = \"peak_nm\"", "name = \"first_exciton_nm\"");
    culprit = "name = \"fwhm_meV\"";
    words = "needs the peak (a [[published]] peak_nm)";
  }
  check_refusal(import.refused(), "map.toml:" + line_of(import.map, culprit), {words});
}

TEST_CASE("import: never into a file that holds something already") {
  Import import;
  const ImportRequest request = import.request();
  import_table(request);
  const std::string before = file_text(request.log);
  CHECK(refusal([&] { import_table(request); }) ==
        request.log.string() + ": already holds a campaign (resume it, or choose another --log)");
  CHECK(file_text(request.log) == before);
  write_file(import.folder / "notes.txt", "shopping list" + std::string(200, ' '));
  ImportRequest other = request;
  other.log = import.folder / "notes.txt";
  CHECK(refusal([&] { import_table(other); }) == other.log.string() + ": is not a log (not an SQLite file)");
}

TEST_CASE("import: a table without spectra needs no folder") {
  Import import;
  import.map = kMap.substr(0, kMap.find("[spectrum]"));
  ImportRequest request = import.request();
  request.spectra.clear();
  CHECK(import_table(request).spectra == 0);
  Import with;
  request = with.request();
  request.spectra.clear();
  check_refusal(refusal([&] { import_table(request); }),
                request.map.string() + ":" + line_of(kMap, "column = \"file\""), {"--spectra"});
}

TEST_CASE("import: the delimiter is found, whatever else is in the cells") {
  const auto cells = [](const std::string& text) {
    return parse_delimited_table(text, "t").rows.at(0).cells;
  };
  CHECK(cells("a,b,c\n1.5,2,\"x, y\"\n") == std::vector<std::string>{"1.5", "2", "x, y"});
  CHECK(cells("a;b\n[1.0, 0.0, 0.2];2,5\n") == std::vector<std::string>{"[1.0, 0.0, 0.2]", "2,5"});
  CHECK(cells("a\tb, c\n1,5\t2\n") == std::vector<std::string>{"1,5", "2"});
  CHECK(cells("a|b\n1|2\n") == std::vector<std::string>{"1", "2"});
  CHECK(cells("\xEF\xBB\xBF"
              "a;b\n1;2") == std::vector<std::string>{"1", "2"});
  CHECK(parse_delimited_table("\xEF\xBB\xBF"
                              "a;b\n1;2",
                              "t")
            .headings.at(0) == "a");
}

TEST_CASE("import: a cell is a number or it is not") {
  CHECK(number_in_cell(" +1,5 ") == 1.5);
  CHECK(number_in_cell("-2.5e-3") == -2.5e-3);
  CHECK(number_in_cell("458.99999999999994") == 458.99999999999994);
  for (const char* text : {"", "-", "1.5 nm", "1,5,0", "1.000,5", "nan", "inf", "0x10", "1e999", "++1"}) {
    CAPTURE(text);
    CHECK_FALSE(number_in_cell(text));
  }
}

TEST_CASE("import: 194 published CsPbBr3 syntheses are re-analysed within what was published") {
  const fs::path data = NOCTURNE_SOURCE_DIR "/../shared/data/cspbbr3_pl";
  if (!fs::exists(data)) {
    MESSAGE("skipped: the published CsPbBr3 syntheses (cspbbr3_pl) are not here");
    return;
  }
  TemporaryFolder folder;
  const fs::path map = NOCTURNE_SOURCE_DIR "/recipes/imports/cspbbr3_synthesizer.toml";
  const ImportRequest request{
      data / "dataset_synthesizer.csv",         map, data / "spectrum", folder / "a.db",
      NOCTURNE_SOURCE_DIR "/recipes/materials", {}};
  const ImportResult result = import_table(request);
  CHECK(result.experiments == 194);
  CHECK(result.spectra == 194);
  CHECK(result.repeated_rows == 1);
  const auto again = reanalyze(Log::open(folder / "a.db", Log::Access::read), {});
  const DifferenceSummary peaks = peak_differences(again);
  CHECK(peaks.logged == 194);
  CHECK(peaks.median_absolute <= 0.35);
  CHECK(std::abs(peaks.mean) <= 0.1);
  CHECK(std::abs(peaks.median) <= 0.1);
  CHECK(peaks.share_within_one >= 0.94);
  CHECK(half_maximum_differences(again).share_within_one >= 0.99);
}

}  // namespace nocturne::test
