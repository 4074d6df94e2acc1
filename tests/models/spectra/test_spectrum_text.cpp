#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "models/spectra/spectrum_text.hpp"
#include "spectrum_refusal.hpp"

namespace nocturne::test {

namespace {

void check_ramp(const SpectrumTable& table) {
  REQUIRE(table.wavelength_nm.size() == 4);
  CHECK(table.wavelength_nm[0] == doctest::Approx(500.5));
  CHECK(table.wavelength_nm[3] == doctest::Approx(503.5));
  CHECK(table.columns.back().values[0] == doctest::Approx(1.25));
  CHECK(table.columns.back().values[3] == doctest::Approx(-4.5));
}

}  // namespace

TEST_CASE("parse_spectrum: the same table in every separator and decimal mark") {
  check_ramp(parse_spectrum("500.5,1.25\n501.5,2\n502.5,3e0\n503.5,-4.5\n", "f"));
  check_ramp(parse_spectrum("500.5\t1.25\n501.5\t2\n502.5\t3\n503.5\t-4.5", "f"));
  check_ramp(parse_spectrum("500,5\t1,25\r\n501,5\t2\r\n502,5\t3,0E0\r\n503,5\t-4,5\r\n", "f"));
  check_ramp(parse_spectrum("500,5;1,25\r501,5;2,0\r502,5;3\r503,5;-4,5\r", "f"));
  check_ramp(parse_spectrum("500.5;1.25;\n501.5;2;\n502.5;3;\n503.5;-4.5;\n", "f"));
  check_ramp(parse_spectrum("  500.5   1.25\n  501.5   2\n  502.5  +3\n  503.5  -4.5\n", "f"));
  check_ramp(parse_spectrum("500,5 1,25\n501,5 2,0\n502,5 3,0\n503,5 -4,5\n", "f"));
  check_ramp(parse_spectrum("500.5, 1.25\n501.5, 2\n502.5, 3\n503.5, -4.5\n", "f"));
  check_ramp(
      parse_spectrum("\"500.5\",\"1.25\"\n\"501.5\",\"2\"\n\"502.5\",\"3\"\n\"503.5\",\"-4.5\"\n", "f"));
}

TEST_CASE("parse_spectrum: descending tables are turned round, other axes become nanometres") {
  check_ramp(parse_spectrum("503.5,-4.5\n502.5,3\n501.5,2\n500.5,1.25\n", "f"));
  const SpectrumTable wavenumbers = parse_spectrum("Wavenumber (1/cm),A\n20000,1\n19000,2\n18000,3\n", "f");
  CHECK(wavenumbers.wavelength_nm[0] == doctest::Approx(500.0));
  CHECK(wavenumbers.wavelength_nm[2] == doctest::Approx(1e7 / 18000.0));
  CHECK(wavenumbers.columns[0].values[2] == 3.0);
  const SpectrumTable energies = parse_spectrum("Energy (eV);PL\n2.5;1\n2.4;2\n2.3;3\n", "f");
  CHECK(energies.wavelength_nm[0] == doctest::Approx(1239.841984 / 2.5));
  CHECK(refused("time (s),signal\n500,1\n501,2\n502,3\n", "\"time (s)\""));
}

TEST_CASE("parse_spectrum: SpectraSuite with marks, header and decimal commas") {
  const std::string text =
      "SpectraSuite Data File\n++++++++++++\nDate: Mon Mar 10 17:43:40 EET 2014\nUser: J\xFCrgen\n"
      "Integration Time (usec): 300000 (MAYP11278)\nSpectra Averaged: 20 (MAYP11278)\n"
      ">>>>>Begin Processed Spectral Data<<<<<\n188,05\t2308,25\n188,53\t2222,75\n189,01\t2193,80\n"
      ">>>>>End Processed Spectral Data<<<<<\n";
  const SpectrumTable table = parse_spectrum(text, "f");
  CHECK(table.format == "SpectraSuite");
  CHECK(table.exposure_s == doctest::Approx(0.3));
  CHECK(table.scans == 20);
  CHECK(table.header.at("User") == "J\xC3\xBCrgen");
  CHECK(table.header.at("title") == "SpectraSuite Data File");
  CHECK(table.columns[0].values[2] == doctest::Approx(2193.8));
}

TEST_CASE("parse_spectrum: OceanView with its odd line ends and three decimals after the comma") {
  const std::string text =
      "Data from Absorbance_1.txt Node\n\rDate: Tue\nIntegration Time (sec): 8,000000E-3\nScans to average: "
      "10\n"
      ">>>>>Begin Spectral Data<<<<<\n199,4\t-0\r\n199,9\t1,361\r\n200,4\t0,261\r\n";
  const SpectrumTable table = parse_spectrum(text, "f");
  CHECK(table.format == "OceanView");
  CHECK(table.exposure_s == doctest::Approx(0.008));
  CHECK(table.scans == 10);
  CHECK(table.columns[0].values[1] == doctest::Approx(1.361));
}

TEST_CASE("parse_spectrum: Jaz and Avantes columns keep their names and units") {
  const SpectrumTable jaz = parse_spectrum(
      "Jaz Data File\n+++\nIntegration Time (usec): 24000 (JAZA1479)\n>>>>>Begin Processed Spectral "
      "Data<<<<<\n"
      "W\tD\tR\tS\tP\n500.1\t10\t110\t60\t50\n500.4\t10\t110\t35\t25\n500.7\t10\t110\t110\t100\n"
      ">>>>>End Processed Spectral Data<<<<<\n",
      "f");
  REQUIRE(jaz.columns.size() == 4);
  CHECK(jaz.format == "Jaz");
  CHECK(jaz.columns[0].name == "D");
  CHECK(jaz.columns[3].name == "P");
  CHECK(jaz.exposure_s == doctest::Approx(0.024));

  std::string avantes = "1305084U1-\r\nIntegration time: 150.00 ms\r\nAverage: 10 scans\r\nname: 1305084U1";
  avantes +=
      std::string(20, '\0') +
      "\r\nWave   ;Dark     ;Sample   ;Transmittance\r\n[nm]   ;[counts] ;[counts] ;[% transmittance] \r\n";
  avantes += "275.27;768.60;795.90;23.333\r\n275.87;790.30;808.92;19.477\r\n276.47;794.25;811.70;16.975\r\n";
  const SpectrumTable table = parse_spectrum(avantes, "f");
  CHECK(table.format == "Avantes");
  CHECK(table.exposure_s == doctest::Approx(0.15));
  CHECK(table.scans == 10);
  CHECK(table.columns[1].name == "Sample");
  CHECK(table.columns[1].unit == "counts");
  CHECK(table.columns[2].unit == "% transmittance");
}

TEST_CASE("parse_spectrum: names in brackets, a named axis that is not the first, and missing cells") {
  const SpectrumTable table = parse_spectrum(
      ",Wavelength (nm),\"30 s\",Absorbance [AU]\n0,400,1,0.1\n1,401,,0.2\n2,402,nan,0.3\n3,403,4,\n", "f");
  REQUIRE(table.columns.size() == 3);
  CHECK(table.wavelength_nm[1] == 401.0);
  CHECK(table.columns[1].name == "30 s");
  CHECK(std::isnan(table.columns[1].values[1]));
  CHECK(std::isnan(table.columns[1].values[2]));
  CHECK(table.columns[2].name == "Absorbance");
  CHECK(table.columns[2].unit == "AU");
  CHECK(std::isnan(table.columns[2].values[3]));
}

TEST_CASE("parse_spectrum: instrument log lines among and after the rows are skipped and counted") {
  const SpectrumTable table = parse_spectrum(
      "Wavelength (nm),a,b\n500,1,2\n501,3,4\n502,1,1\nScan Version 5.3.0.1083,,\n,,\n503,5,6\n504,7,8\n"
      "<Current Wavelength> ,,352\nStop (nm)  350.0,,\n",
      "f");
  CHECK(table.wavelength_nm.size() == 5);
  CHECK(table.skipped_lines == 2);
}

TEST_CASE("parse_spectrum: repeated wavelengths of a rounded scale are averaged") {
  const SpectrumTable table = parse_spectrum("500.1 1\n500.1 3\n500.2 5\n500.3 7\n500.4 9\n", "f");
  REQUIRE(table.wavelength_nm.size() == 4);
  CHECK(table.columns[0].values[0] == 2.0);
}

TEST_CASE("parse_spectrum: what is no spectrum is refused in one line") {
  CHECK(refused("", "empty"));
  CHECK(refused(" \r\n\t\n", "empty"));
  CHECK(refused(std::string("\x7f"
                            "ELF\x02\x01\x01\x00\x03",
                            9),
                "binary"));
  CHECK(refused("{\"peak\": [500, 1]}", "JSON"));
  CHECK(refused("[\n500, 1,\n501, 2,\n502, 3\n]\n", "JSON"));
  CHECK(refused("<?xml version=\"1.0\"?>\n<a>500 1</a>\n", "XML"));
  CHECK(refused("The dots emitted at 500 nm.\nThere were 3 of them.\n", "no spectrum"));
  CHECK(refused("500.0\n501.0\n502.0\n", "no spectrum"));
  CHECK(refused("500 1\n501 2\n", "no spectrum"));
  CHECK(refused("0,1\n1,2\n2,3\n3,4\n", "no wavelength"));
  CHECK(refused("500,1\n501,2\n500.5,3\n502,4\n", "up and down"));
  CHECK(refused("500,1\n500,2\n500,3\n500,4\n", "repeat"));
}

TEST_CASE("parse_spectrum: commas that can be read in two ways are refused") {
  CHECK(refused("500,0,1,36\n501,0,2,40\n502,0,3,55\n", "commas separate columns or decimals"));
  CHECK(refused("500\t1,234\n501\t2,345\n502\t3,456\n", "decimals or thousands"));
  CHECK(message("500\t1,23\n501\t2,345\n502\t3,456\n") == "read");
  CHECK(message("500,1\n501,2\n502,3\n") == "read");
}

TEST_CASE("parse_spectrum: byte order marks and UTF-16 text are understood") {
  check_ramp(
      parse_spectrum("\xEF\xBB\xBF"
                     "500.5,1.25\n501.5,2\n502.5,3\n503.5,-4.5\n",
                     "f"));
  const std::string plain = "500.5\t1.25\n501.5\t2\n502.5\t3\n503.5\t-4.5\n";
  std::string wide = "\xFF\xFE";
  for (const char c : plain) wide += std::string{c, '\0'};
  check_ramp(parse_spectrum(wide, "f"));
}

TEST_CASE("parse_spectrum: no cut or flipped byte makes it do anything but read or refuse") {
  const std::string texts[] = {
      "SpectraSuite Data File\nIntegration Time (usec): 3 (M)\n>>>>>Begin Processed Spectral "
      "Data<<<<<\n188,05\t2308,25\n"
      "188,53\t2222,75\n189,01\t2193,80\n>>>>>End Processed Spectral Data<<<<<\n",
      "##TITLE=t\n##XUNITS=1/"
      "CM\n##FIRSTX=20000\n##LASTX=19300\n##NPOINTS=8\n##XYDATA=(X++(Y..Y))\n20000A0JJ%TL\n19400A5jj\n##END="
      "\n",
      "Wave;Dark;Sample\n[nm];[counts];[counts]\n275.27;768.60;795.90\n275.87;790.30;808.92\n276.47;794.25;"
      "811.70\n"};
  for (const std::string& text : texts) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      CHECK_FALSE(message(text.substr(0, i)).empty());
      for (const int flip : {0x01, 0x20, 0x80}) {
        std::string damaged = text;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        CHECK_FALSE(message(damaged).empty());
      }
    }
  }
}

}  // namespace nocturne::test
