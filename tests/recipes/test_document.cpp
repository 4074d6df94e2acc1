#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "recipes/document.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

/// What is said when `read` reads `text`, named f.toml, and nothing else may be in it.
template <class Read>
std::string reading(const std::string& text, Read read) {
  return refusal([&] {
    const Document document = Document::parse(text, "f.toml");
    read(document.root());
    document.root().finish();
  });
}

template <class T>
std::string reading_a(const std::string& text) {
  return reading(text, [](Table t) { t.read<T>("a"); });
}

}  // namespace

TEST_CASE("document: quantities come out in their types") {
  const Document document = Document::parse(R"(
flow = "12.5 mL/min"
heat = "150 °C"
kelvin = "400 K"
step = "5 K"
stock = "33 mmol/L"
molar = "0.1 M"
time = "12 h"
tube = "1.016 mm"
light = "470 nm"
energy = "0.1 eV"
loss = "2.5 %"
syringe = "60 mL"
pressure = "2 bar"
)",
                                            "f.toml");
  const Table t = document.root();
  CHECK(in_milliliters_per_minute(t.read<FlowRate>("flow")) == doctest::Approx(12.5).epsilon(1e-14));
  CHECK(t.read<Temperature>("heat") == Temperature::from_celsius(150.0));
  CHECK(t.read<Temperature>("kelvin").si() == doctest::Approx(400.0).epsilon(1e-14));
  CHECK(t.at("kelvin").in("°C") == doctest::Approx(126.85).epsilon(1e-12));
  CHECK(t.read<TemperatureStep>("step") == TemperatureStep::from_si(5.0));
  CHECK(t.read<Concentration>("stock").si() == 33.0);
  CHECK(t.read<Concentration>("molar").si() == doctest::Approx(100.0).epsilon(1e-14));
  CHECK(t.read<Seconds>("time") == Seconds{43200.0});
  CHECK(t.read<Length>("tube") == millimeters(1.016));
  CHECK(t.at("light").in("nm") == 470.0);
  CHECK(t.at("energy").in("meV") == doctest::Approx(100.0).epsilon(1e-14));
  CHECK(t.at("loss").in("%") == 2.5);
  CHECK(t.read<Volume>("syringe") == milliliters(60.0));
  CHECK(t.at("pressure").in("kPa") == doctest::Approx(200.0).epsilon(1e-14));
  CHECK_NOTHROW(t.finish());
}

TEST_CASE("document: a number without unit is refused with the units that are allowed") {
  check_refusal(reading_a<FlowRate>("\na = 12.5\n"), "f.toml:2", {"'a'", "no unit", "µL/min", "mL/min"});
  check_refusal(reading_a<Temperature>("a = 150"), "f.toml:1", {"no unit", "°C or K"});
  check_refusal(reading_a<Seconds>("a = \"150\""), "f.toml:1", {"no unit", "ms, s, min or h"});
}

TEST_CASE("document: a unit of another dimension is refused") {
  check_refusal(reading_a<FlowRate>("a = \"5 mL\""), "f.toml:1", {"'mL'", "mL/min"});
  check_refusal(reading_a<Length>("a = \"5 parsec\""), "f.toml:1", {"'parsec'", "mm"});
  check_refusal(reading_a<TemperatureStep>("a = \"5 °C\""), "f.toml:1", {"'°C'", "allowed: K"});
}

TEST_CASE("document: numbers that are no numbers are refused") {
  check_refusal(reading_a<FlowRate>("a = \"12,5 mL/min\""), "f.toml:1", {"12,5 mL/min", "not a number"});
  check_refusal(reading_a<double>("a = nan"), "f.toml:1", {"'a'", "finite"});
  check_refusal(reading_a<double>("a = -inf"), "f.toml:1", {"'a'", "finite"});
  check_refusal(reading_a<Length>("a = \"inf nm\""), "f.toml:1", {"'inf nm'"});
  check_refusal(reading_a<Length>("a = \"1e400 nm\""), "f.toml:1", {"'1e400 nm'"});
  check_refusal(reading_a<Length>("a = \"1e308 m\""), "f.toml:1", {"range of numbers"});
  check_refusal(reading_a<int>("a = 3.5"), "f.toml:1", {"whole number"});
  check_refusal(reading_a<int>("a = 3000000000"), "f.toml:1", {"3000000000", "range"});
  check_refusal(reading_a<Temperature>("a = \"-300 °C\""), "f.toml:1", {"absolute zero"});
}

TEST_CASE("document: values of another kind are refused") {
  check_refusal(reading_a<std::string>("a = 3"), "f.toml:1", {"a number", "text in quotes"});
  check_refusal(reading_a<bool>("a = \"true\""), "f.toml:1", {"true or false"});
  check_refusal(reading_a<double>("a = \"3\""), "f.toml:1", {"bare number"});
  check_refusal(reading_a<Length>("a = [1]"), "f.toml:1", {"a list"});
  check_refusal(reading_a<std::string>("a = 2024-01-01"), "f.toml:1", {"a date"});
  check_refusal(reading("a = 1", [](Table t) { t.table("a"); }), "f.toml:1", {"'a'", "[a]"});
  check_refusal(reading("[a]\nb = 1", [](Table t) { t.tables("a"); }), "f.toml:1", {"[[a]]"});
  check_refusal(reading("a = 1", [](Table t) { t.at("a").items(); }), "f.toml:1", {"a list in brackets"});
}

TEST_CASE("document: ranges are refused in the words of the file") {
  const auto low =
      reading("a = \"0.05 mm\"", [](Table t) { t.read_between<Length>("a", "0.1 mm", "50 mm"); });
  check_refusal(low, "f.toml:1", {"0.05 mm", "0.1 mm to 50 mm"});
  const auto whole = reading("a = 101", [](Table t) { t.read_between<int>("a", "1", "100"); });
  check_refusal(whole, "f.toml:1", {"101", "1 to 100"});
  const auto light = reading("a = \"2 µm\"", [](Table t) { t.at("a").in("nm", 300.0, 1100.0); });
  check_refusal(light, "f.toml:1", {"2 µm", "300 to 1100 nm"});
  CHECK(reading("a = \"50 mm\"", [](Table t) { t.read_between<Length>("a", "0.1 mm", "50 mm"); }).empty());
  const auto word = reading("a = \"cubic\"", [](Table t) { t.at("a").one_of({"linear", "log"}); });
  check_refusal(word, "f.toml:1", {"'cubic'", "linear or log"});
}

TEST_CASE("document: a key that nobody asked for is an error, with the nearest known one") {
  check_refusal(reading("[t]\nlenght = 1\n",
                        [](Table t) {
                          if (t.table("t").find("length")) return;
                        }),
                "f.toml:2", {"unknown key 'lenght'", "did you mean 'length'"});
  check_refusal(reading("[[t]]\nx = 1\n[[t]]\nx = 1\nzebra = 2\n",
                        [](Table t) {
                          for (const Table& one : t.tables("t")) one.read<int>("x");
                        }),
                "f.toml:5", {"unknown key 'zebra'", "allowed: x"});
  check_refusal(reading("[whole]\nx = 1\n", [](Table) {}), "f.toml:1", {"unknown key 'whole'"});
}

TEST_CASE("document: a missing key is reported, and a misspelled one in its own line") {
  check_refusal(reading("[t]\nx = 1\n", [](Table t) { t.table("t").at("low"); }), "f.toml:1",
                {"'low'", "'t'"});
  check_refusal(reading("\n\ntempratur = 1\n", [](Table t) { t.at("temperature"); }), "f.toml:3",
                {"tempratur", "did you mean 'temperature'"});
}

TEST_CASE("document: a second table with the same name is refused") {
  check_refusal(reading("[[s]]\nname = \"a\"\n[[s]]\nname = \"a\"\n",
                        [](Table t) { refuse_duplicates(t.tables("s"), "name"); }),
                "f.toml:4", {"'a'", "second time", "line 2"});
}

TEST_CASE("document: mistakes of TOML have a line") {
  check_refusal(reading("a = 1\nb = \n", [](Table) {}), "f.toml:2", {"TOML"});
  check_refusal(reading("a = 1\na = 2\n", [](Table) {}), "f.toml:2", {"'a'"});
  check_refusal(reading("a = \"\xff\"\n", [](Table) {}), "f.toml:1", {"utf-8"});
  check_refusal(reading("x = 1\n[a\n", [](Table) {}), "f.toml:2", {"TOML"});
}

TEST_CASE("document: no nesting exhausts the stack") {
  std::string dotted = "a";
  for (int i = 0; i < 4000; ++i) dotted += ".a";
  check_refusal(reading(dotted + " = 1\n", [](Table) {}), "f.toml:1", {"nested too deeply"});
  check_refusal(reading("\n[" + dotted + dotted + dotted + "]\n", [](Table) {}), "f.toml:2", {"too long"});
  check_refusal(reading("a = " + std::string(5000, '['), [](Table) {}), "f.toml:1", {"TOML"});
}

TEST_CASE("document: files that are none get one clear line") {
  const TemporaryFolder scratch;
  const auto message = [](const std::filesystem::path& file) {
    return refusal([&] { Document::read(file); });
  };
  const std::string missing = (scratch / "missing.toml").string();
  CHECK(message(missing) == missing + ": cannot be read");
  CHECK(message(scratch.path()) == scratch.path().string() + ": is a folder, not a file");
  const auto binary = scratch / "binary.toml";
  std::ofstream{binary, std::ios::binary} << std::string(
      "\x7f"
      "ELF\0\1\2",
      7);
  CHECK(message(binary) == binary.string() + ": is not a text file");
  const auto large = scratch / "large.toml";
  std::ofstream{large};
  std::filesystem::resize_file(large, 100'000'000);
  CHECK(message(large) == large.string() + ": is too large (at most 1024 kB)");
}

TEST_CASE("document: free keys come in the order of the file and count as read") {
  const Document document = Document::parse("z = 1\nb = \"two\"\nm = true\nf = 0.1\n", "f.toml");
  document.root().at("z");
  std::string keys;
  std::string spelled;
  for (const Value& value : document.root().remaining()) {
    keys += value.key();
    spelled += value.spelled() + " ";
  }
  CHECK(keys == "bmf");
  CHECK(spelled == "two true 0.1 ");
  CHECK_NOTHROW(document.root().finish());
}

TEST_CASE("document: a file with a base says what differs; constants and lists are taken whole") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder.path() / name) << text;
    return folder.path() / name;
  };
  write("old.toml",
        "a = 1\nb = 2\n[rates]\nslow = { value = 1, source = \"old\" }\nfast = { value = 9, source = "
        "\"old\" }\n[[feed]]\nname = \"x\"\n[[feed]]\nname = \"y\"\n");
  const auto file =
      write("new.toml", "base = \"old\"\nb = 3\n[rates]\nslow = { value = 2 }\n[[feed]]\nname = \"z\"\n");
  const auto find = [&](const std::string& name) { return folder.path() / (name + ".toml"); };
  const Document document = Document::read_with_bases(file, find);
  const auto check = [](const Table& root) {
    CHECK(root.read<int>("a") == 1);
    CHECK(root.read<int>("b") == 3);
    CHECK(root.table("rates").table("slow").read<double>("value") == 2.0);
    CHECK_FALSE(root.table("rates").table("slow").find("source"));
    CHECK(root.table("rates").table("fast").read<std::string>("source") == "old");
    CHECK(root.tables("feed").size() == 1);
  };
  check(document.root());
  check(Document::parse(document.text(), "flat").root());
}

TEST_CASE(
    "document: a mistake in a base is told with the base's own name and line, one beside it with the "
    "file's") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "old.toml") << "a = 1\nb = \"no number\"\n";
  std::ofstream(folder.path() / "new.toml") << "base = \"old\"\n\nc = true\n";
  std::ofstream(folder.path() / "self.toml") << "\nbase = \"self\"\n";
  std::ofstream(folder.path() / "lost.toml") << "base = \"nowhere\"\n";
  const auto find = [&](const std::string& name) { return folder.path() / (name + ".toml"); };
  const auto said = [&](const char* name, const char* key) {
    return refusal([&] { Document::read_with_bases(find(name), find).root().read<double>(key); });
  };
  CHECK(said("new", "b").find((folder.path() / "old.toml").string() + ":2: ") == 0);
  CHECK(said("new", "c").find((folder.path() / "new.toml").string() + ":3: ") == 0);
  CHECK(said("self", "a").find("self.toml:2: too many files") != std::string::npos);
  CHECK(said("lost", "a").find("nowhere.toml: cannot be read") != std::string::npos);
}

}  // namespace nocturne::test
