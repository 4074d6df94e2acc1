#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "controller/export/export_command.hpp"
#include "controller/export/export_file.hpp"
#include "controller/export/export_format.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"
#include "support/toy_import.hpp"

namespace nocturne::test {
namespace {

/// A small campaign, and where it is exported to.
struct Exported {
  TemporaryFolder folder;
  fs::path log = folder / "a.db", to = folder / "out";

  Exported() { write_small_campaign(log); }
  void write(std::vector<std::string> formats = {}) {
    std::ostringstream out;
    CHECK(export_log({log, to, std::move(formats)}, out) == 0);
  }
  std::string text(const std::string& name) const { return file_text(to / name); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator{folder.path()})
      found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  }
};

std::string first_line(const std::string& text) { return text.substr(0, text.find("\r\n")); }

std::string line_after(const std::string& text, const std::string& heading) {
  const auto at = text.find("\r\n", text.find(heading)) + 2;
  return text.substr(at, text.find("\r\n", at) - at);
}

}  // namespace

TEST_CASE("export: experiments as a table, with conditions, outputs, errors and failures") {
  Exported exported;
  exported.write();
  const std::string text = exported.text("experiments.csv");
  CHECK(text ==
        "experiment,decided_s,finished_s,outcome,detail,br_pb,temperature_C,peak_nm,peak_nm_se,fwhm_meV,"
        "fwhm_meV_se,intensity_counts_nm_per_s,intensity_counts_nm_per_s_se,absorbance,absorbance_se,"
        "first_exciton_nm,first_exciton_nm_se,plqy,plqy_se,yield,yield_se,nanoplatelet_fraction,"
        "nanoplatelet_fraction_se,edge_length_nm,edge_length_low_nm,edge_length_high_nm,flags\r\n"
        "1,2,7,observed,,5,150,507.25,0.125,,,,,,,,,,,0.5,0.25,,,8,7.5,8.75,a b\r\n"
        "2,8,11,stalled,\"pump, \"\"left\"\"\",6,150,,,,,,,,,,,,,,,,,,,,\r\n"
        "3,12,,unfinished,,7,150,,,,,,,,,,,,,,,,,,,,\r\n");
}

TEST_CASE("export: spectra in long form, on the detector's wavelengths, and how they were taken") {
  Exported exported;
  exported.write({"csv"});
  const std::string spectra = exported.text("spectra.csv");
  CHECK(first_line(spectra) == "experiment,seq,position,role,wavelength_nm,counts");
  CHECK(spectra.find("\r\n,2,1,emission_dark,400,1\r\n,2,1,emission_dark,500.5,1.5\r\n") !=
        std::string::npos);
  CHECK(spectra.find("\r\n1,7,2,transmission,600,1.1\r\n") != std::string::npos);
  CHECK(std::ranges::count(spectra, '\n') == 1 + 4 * 3);
  CHECK(exported.text("frames.csv")
            .find("\r\n6,1,1,5,emission,settling,0.3,9,false,false,true,3,0.5,149\r\n") != std::string::npos);
}

TEST_CASE("export: temperatures, readings, decisions, faults and reagents") {
  Exported exported;
  exported.write();
  CHECK(exported.text("temperatures.csv") ==
        "seq,time_s,experiment,zone,process_C,target_C,output\r\n5,4,1,oven,149.5,150,0.25\r\n");
  CHECK(exported.text("readings.csv").find("5,4,flow_uL_min,cs_pb,60\r\n") != std::string::npos);
  CHECK(line_after(exported.text("decisions.csv"), "seq") == "3,2,1,1,0,\"design, \"\"first\"\"\nline\"");
  CHECK(line_after(exported.text("predictions.csv"), "experiment") == "1,peak_nm,500,490,510");
  CHECK(exported.text("faults.csv") ==
        "seq,time_s,experiment,fault,what\r\n11,10,2,trip,pump stands\r\n12,11,2,stalled,\"pump, "
        "\"\"left\"\"\"\r\n");
  CHECK(line_after(exported.text("reagents.csv"), "stock") ==
        "cs_pb,\"Cs 33 mmol/L, Pb 33 mmol/L\",\"A-12, \"\"old\"\"\",0.512,0");
  CHECK(exported.text("reagents.csv").find("\r\ndiluent,,,0,0\r\n") != std::string::npos);
  const std::string provenance = exported.text("provenance.csv");
  CHECK(provenance.find("\r\nfingerprint," + Log::open(exported.log, Log::Access::read).fingerprint() +
                        "\r\n") != std::string::npos);
  CHECK(provenance.find("\r\nstarted,2026-11-22T22:00:00.250Z\r\n") != std::string::npos);
  CHECK(provenance.find("\r\nversion_eigen,") != std::string::npos);
  CHECK(provenance.find("\r\nrecipe_sha256,") != std::string::npos);
}

TEST_CASE("export: the schema describes every file by the columns it has") {
  Exported exported;
  exported.write();
  const auto schema = nlohmann::json::parse(exported.text("schema.json"));
  std::size_t files = 1;  // the schema itself
  for (const auto& resource : schema.at("resources")) {
    ++files;
    CAPTURE(resource.at("path").get<std::string>());
    CHECK_FALSE(resource.at("description").get<std::string>().empty());
    std::string heading;
    for (const auto& field : resource.at("schema").at("fields")) {
      heading += (heading.empty() ? "" : ",") + field.at("name").get<std::string>();
      CHECK_FALSE(field.at("description").get<std::string>().empty());
      CHECK(std::set<std::string>{"boolean", "integer", "number", "string"}.contains(field.at("type")));
    }
    CHECK(first_line(exported.text(resource.at("path"))) == heading);
  }
  CHECK(files == static_cast<std::size_t>(std::distance(fs::directory_iterator{exported.to}, {})));
  const auto& fields = schema.at("resources").at(0).at("schema").at("fields");
  CHECK(fields.at(6).at("unit") == "°C");
  CHECK(fields.at(8).at("name") == "peak_nm_se");
  CHECK(fields.at(8).at("unit") == "nm");
}

TEST_CASE("export: the log is as it was, and nothing is left beside the folder") {
  Exported exported;
  const std::string before = file_text(exported.log);
  exported.write({"csv", "hdf5", "bluesky", "ord"});
  CHECK(file_text(exported.log) == before);
  CHECK(exported.names() == std::vector<std::string>{"a.db", "out"});
  for (const std::string name :
       {"experiments.csv", "schema.json", "campaign.nxs", "documents.jsonl", "dataset.json"})
    CHECK(fs::file_size(exported.to / name) > 0);
}

TEST_CASE("export: the same log gives the same bytes") {
  Exported exported;
  const std::vector<std::string> all{"csv", "hdf5", "bluesky", "ord"};
  exported.write(all);
  const fs::path once = exported.to;
  exported.to = exported.folder / "again";
  exported.write(all);
  for (const auto& entry : fs::directory_iterator{once})
    CHECK_MESSAGE(file_text(entry.path()) == file_text(exported.to / entry.path().filename().string()),
                  entry.path().filename().string());
}

TEST_CASE("export: into a folder that is there and empty, with a slash at its end") {
  Exported exported;
  fs::create_directory(exported.to);
  exported.to += "/";
  exported.write();
  CHECK(fs::exists(exported.folder / "out/experiments.csv"));
}

TEST_CASE("export: refuses in one line, and leaves everything as it was") {
  Exported exported;
  std::ostringstream out;
  const auto message = [&](const ExportRequest& request) {
    try {
      export_log(request, out);
    } catch (const std::exception& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  const std::string place = exported.folder.path().string() + "/";
  std::vector<std::string> left{"a.db"};
  SUBCASE("a folder with something in it") {
    write_file(exported.to / "mine.txt", "kept");
    CHECK(message({exported.log, exported.to, {}}) ==
          place + "out: is not empty (name a new or empty folder)");
    CHECK(exported.text("mine.txt") == "kept");
    left = {"a.db", "out"};
  }
  SUBCASE("a file") {
    CHECK(message({exported.log, exported.log, {}}) ==
          place + "a.db: is a file (name a new or empty folder)");
  }
  SUBCASE("a place that does not exist") {
    CHECK(message({exported.log, exported.folder / "no/where", {}}) ==
          place + "no/where: the folder " + place + "no does not exist");
  }
  SUBCASE("no name") { CHECK(message({exported.log, "", {}}) == "--to needs the name of a new folder"); }
  SUBCASE("an unknown format") {
    CHECK(message({exported.log, exported.to, {"csv", "xlsx"}}) ==
          "--format: there is no format 'xlsx' (allowed: csv, hdf5, bluesky, ord)");
  }
  SUBCASE("no log") {
    CHECK(message({exported.folder / "b.db", exported.to, {}}) == place + "b.db: no such log");
  }
  SUBCASE("a format that cannot be written after one that could") {
    Import import;
    import_table(import.request());
    CHECK(message({import.folder / "a.db", exported.to, {"csv", "ord"}})
              .find("an import does not say what was mixed") != std::string::npos);
  }
  CHECK(out.str().empty());
  CHECK(exported.names() == left);
}

TEST_CASE("export: a file that the disk does not take is no silence") {
  const auto write = [] {
    ExportFile file{"/dev/full"};
    file.write("text");
    file.close();
  };
  CHECK_THROWS_WITH(write(), "/dev/full: cannot be written");
}

TEST_CASE("export: a condition that is called like something measured keeps a column of its own") {
  Import import;
  import.map = replaced(import.map, "name = \"br_pb\"", "name = \"yield\"");
  import.table = replaced(replaced(kTable, "4,5;", "0,45;"), "6;423.15", "0,6;423.15");
  import_table(import.request());
  std::ostringstream out;
  export_log({import.folder / "a.db", import.folder / "out", {"csv", "hdf5", "bluesky"}}, out);
  const std::string experiments = file_text(import.folder / "out/experiments.csv");
  CHECK(first_line(experiments).find(",condition_yield,") != std::string::npos);
  CHECK(line_after(experiments, "experiment").find(",0.45,") != std::string::npos);
}

TEST_CASE("export: an imported table comes out with its own wavelengths") {
  Import import;
  import_table(import.request());
  std::ostringstream out;
  export_log({import.folder / "a.db", import.folder / "out", {"csv", "hdf5", "bluesky"}}, out);
  const std::string experiments = file_text(import.folder / "out/experiments.csv");
  CHECK(first_line(experiments).find(",br_pb,cs_pb,solvent,temperature_C,peak_nm,") != std::string::npos);
  const std::string spectra = file_text(import.folder / "out/spectra.csv");
  CHECK(spectra.find("\r\n1,2,1,emission,400,") != std::string::npos);
  CHECK(spectra.find("\r\n2,5,1,emission,400.5,") != std::string::npos);
  CHECK(first_line(file_text(import.folder / "out/reagents.csv")) == "stock,contents,lot,used_mL,guessed_mL");
}

}  // namespace nocturne::test
