#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "models/spectra/spectrum_text.hpp"
#include "spectrum_refusal.hpp"

namespace nocturne::test {

namespace {

bool refused_at(const std::string& text, int line, const std::string& because) {
  const std::string said = message(text);
  CAPTURE(said);
  const bool at_line = said.starts_with("file.txt:" + std::to_string(line) + ": ");
  return at_line && said.find('\n') == std::string::npos && said.find(because) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "parse_spectrum: a line among the data that is no instrument's log is refused, wherever it stands") {
  CHECK(refused_at("nm,a\n500,1\n501,2\n502,3\ngarbage line here\n503,4\n", 5,
                   "\"garbage line here\" among the data"));
  CHECK(refused_at("500,1\n501,2\n502,3\n503,4\nthe end\n", 5, "among the data"));
  CHECK(refused_at("500,1\n501,2\n502,3\n503,four\n504,5\n", 4, "\"four\" is no number"));
  CHECK(refused_at("nm,a\n500,1\n501,2\n502,3\nnm,a\n500,1\n501,2\n502,3\n", 5, "among the data"));
}

TEST_CASE("parse_spectrum: logs between rows are skipped and counted, with the titles of scans among them") {
  const auto skipped = [](const std::string& log) {
    return parse_spectrum("nm,a\n500,1\n501,2\n502,3\n" + log + "503,4\n", "f").skipped_lines;
  };
  CHECK(skipped("") == 0);
  CHECK(skipped("23/10/2025 09:43:32 lamp on\n") == 1);
  CHECK(skipped("2025-10-23\n") == 1);
  CHECK(skipped("# pause\nShutter: closed\n") == 2);
  CHECK(skipped("Instrument  Cary 60,\n<Current Wavelength> ,355\n,\n") == 3);
  CHECK(skipped("30 s reaction_overnight,\nCollection Time: 23/10/2025 09:43:32,\n") == 2);
  CHECK(refused_at("500,1\n501,2\n502,3\none,\ntwo,\nScan Version 5\n503,4\n", 4, "\"one,\""));
}

TEST_CASE("parse_spectrum: a file that was cut off is refused or known by the number of pixels it promises") {
  CHECK(refused_at("500\t1\n501\t2\n502\t3\n50", 4, "cut off"));
  CHECK(refused_at("nm\tD\tS\n500\t1\t2\n501\t2\t3\n502\t3\t4\n503\t4\n", 5,
                   "2 values where the first row has 3"));
  const SpectrumTable cut = parse_spectrum(
      "SpectraSuite Data File\nNumber of Pixels in Processed Spectrum: 5\n>>>>>Begin Processed Spectral "
      "Data<<<<<\n500\t1\n501\t2\n502\t3\n",
      "f");
  CHECK(cut.promised_points == 5);
  CHECK(cut.found_points == 3);
}

TEST_CASE("parse_spectrum: values that no spectrometer gives are refused at their line") {
  CHECK(refused_at("500,1\n501,1e300\n502,3\n", 2, "beyond 1e30"));
  CHECK(refused_at("500,1\n501,-1e31\n502,3\n", 2, "beyond 1e30"));
  CHECK(refused_at("500,1e-300\n501,2e-300\n502,0\n", 1, "below 1e-30"));
  CHECK(refused_at("500,1\n501,1e400\n502,3\n503,4\n504,5\n", 2, "\"501,1e400\" is no row"));
  CHECK(message("500,1\n501,2\n502,3\n503,1e400\n").find(":4: \"1e400\" is no number") != std::string::npos);
  CHECK(message("500,0\n501,0\n502,0\n") == "read");
}

TEST_CASE("parse_spectrum: energies and wavenumbers are converted or refused, never taken for nanometres") {
  for (const char* heading : {"Energy (eV)", "Photon energy [eV]", "eV", "E (eV)", "Energie / eV",
                              "Energ\xED"
                              "a (eV)"}) {
    CAPTURE(heading);
    const SpectrumTable table = parse_spectrum(std::string{heading} + ";PL\n2.5;1\n2.4;2\n2.3;3\n", "f");
    CHECK(table.wavelength_nm[0] == doctest::Approx(1239.841984 / 2.5));
    CHECK(table.axis_unit != "nm");
  }
  for (const char* heading : {"Wavenumber", "Wellenzahl / cm-1", "wavenumber (cm\xE2\x81\xBB\xC2\xB9)",
                              "cm^-1", "Nombre d'onde (1/cm)"}) {
    CAPTURE(heading);
    CHECK(parse_spectrum(std::string{heading} + ";A\n20000;1\n19000;2\n18000;3\n", "f").wavelength_nm[0] ==
          doctest::Approx(500.0));
  }
  CHECK(refused_at("20000,1\n19000,2\n18000,3\n", 1, "no wavelength in nm"));
  CHECK(refused_at("4000 1\n3999 2\n3998 3\n", 1, "no wavelength in nm"));
  CHECK(refused_at("2.5,1\n2.4,2\n2.3,3\n", 1, "no wavelength in nm"));
  CHECK(refused_at("Energy,PL\n2.5,1\n2.4,2\n2.3,3\n", 1, "\"Energy\""));
  CHECK(refused_at("Raman shift (cm-1),I\n500,1\n501,2\n502,3\n", 1, "Raman shift"));
  CHECK(refused_at("Wavelength (km),I\n500,1\n501,2\n502,3\n", 2, "the axis is in km"));
}

TEST_CASE("parse_spectrum: headings in other languages and encodings name the wavelength") {
  for (const char* heading : {"Wellenl\xE4nge (nm)", "Wellenl\xC3\xA4nge [nm]", "Longueur d'onde (nm)",
                              "Longitud de onda (nm)", "Lunghezza d'onda (nm)", "\xCE\xBB / nm",
                              "\xCE\xBB (nm)", "lambda_nm", "wavelength_nm", "WL", "nm", "W", "X"}) {
    CAPTURE(heading);
    const SpectrumTable table =
        parse_spectrum(std::string{heading} + ";Intensit\xE4t\n500,5;1,5\n501,5;2,25\n502,5;3\n", "f");
    CHECK(table.columns[0].name == "Intensit\xC3\xA4t");
    CHECK(table.wavelength_nm[0] == 500.5);
  }
}

TEST_CASE("parse_spectrum: a first line that is no heading names no column") {
  CHECK(parse_spectrum("hello\n500,1\n501,2\n502,3\n", "f").columns[0].name.empty());
  CHECK(parse_spectrum("Sample three\n500 1\n501 2\n502 3\n", "f").columns[0].name.empty());
  CHECK(parse_spectrum("User: a,b\n500,1\n501,2\n502,3\n", "f").columns[0].name.empty());
  CHECK(refused_at("hello,world\n500,1\n501,2\n502,3\n", 1,
                   "no column named as an axis, the first is \"hello\""));
}

TEST_CASE("parse_spectrum: names and columns must agree in number, and two axes in value") {
  CHECK(refused_at("Wavelength,Abs\n500,0,12\n501,0,13\n502,0,15\n", 1, "column 3 has no name"));
  CHECK(refused_at("Wavelength,a,b,c\n500,1\n501,2\n502,3\n", 1, "rows of 2 numbers under 4 names"));
  CHECK(refused_at("nm,a,,c\n500,1,2,3\n501,2,3,4\n502,3,4,5\n", 1, "column 3 has no name"));
  CHECK(parse_spectrum("nm,a,\n500,1,\n501,2,\n502,3,\n", "f").columns.size() == 1);
  const SpectrumTable twice =
      parse_spectrum("Wavelength (nm),Abs,Wavelength (nm),PL\n500,1,500,5\n501,2,501,6\n502,3,502,7\n", "f");
  REQUIRE(twice.columns.size() == 2);
  CHECK(twice.columns[1].name == "PL");
  CHECK(refused_at("Excitation wavelength (nm),Emission wavelength (nm),I\n350,500,1\n351,501,2\n352,502,3\n",
                   1, "two axes"));
}

TEST_CASE("parse_spectrum: separators that can be read in two ways are refused unless names settle it") {
  CHECK(refused_at("500,1,36\n501,2,40\n502,3,55\n", 3, "commas separate columns or decimals"));
  CHECK(message("nm,dark,counts\n500,1,36\n501,2,40\n502,3,55\n") == "read");
  CHECK(refused_at("nm,a,b\n500,0,05\n501,2,40\n502,3,55\n", 3, "") == false);
  CHECK(message("nm,a,b\n500,0,05\n501,2,40\n502,3,55\n").find("commas separate") != std::string::npos);
  CHECK(message("500.5,12,345.5\n501.5,13,345.5\n502.5,14,123.5\n").find("thousands") != std::string::npos);
  CHECK(message("500,5 1 234,5\n501,5 2 234,5\n502,5 3 234,5\n").find("thousands") != std::string::npos);
  for (const char* number : {"1,234.5", "1.234,5", "1 234,5", "1'234.5"}) {
    CAPTURE(number);
    std::string text;
    for (const char* nm : {"500", "501", "502"}) text += std::string{nm} + "\t" + number + "\n";
    CHECK(message(text).find("thousands separators") != std::string::npos);
  }
}

TEST_CASE("parse_spectrum: Avantes files with blanks, brackets in labels and commas are read") {
  const SpectrumTable padded = parse_spectrum(
      "\r\nIntegration time [ms]:  84.900\r\nAveraging Nr. [scans]: 10\r\nData measured with spectrometer "
      "[name]: "
      "1501154U1\r\nWave   ;Sample   ;Dark     ;Reference;Reflectance\r\n[nm]   ;[counts] ;[counts] "
      ";[counts] ;[%]\r\n\r\n"
      " 174.78;  -15.000;  -14.500;    2.400;-2.95858\r\n 175.38;   14.400;    3.167;   14.333; 1.50\r\n"
      " 175.99;   17.000;    7.000;   19.767;78.32898\r\n",
      "f");
  CHECK(padded.format == "Avantes");
  CHECK(padded.exposure_s == doctest::Approx(0.0849));
  CHECK(padded.scans == 10);
  REQUIRE(padded.columns.size() == 4);
  CHECK(padded.columns[3].unit == "%");
  CHECK(padded.columns[3].values[1] == 1.5);
  const SpectrumTable commas = parse_spectrum(
      "M- \nIntegration time: 175 ms\nWave   ;Dark     ;Ref      ;Sample   ;Transmittance\n[nm]   ;[counts] "
      ";[counts] "
      ";[counts] ;[% transmittance] "
      "\n299,87;3,4050;6429,1;124,99;1,8921\n300,16;-18,870;10102;178,64;2,8646\n"
      "300,45;68,625;6304,8;191,64;1,9726\n",
      "f");
  CHECK(commas.columns[1].values[1] == 10102.0);
  CHECK(commas.columns[3].values[0] == doctest::Approx(1.8921));
}

TEST_CASE("parse_spectrum: exposures are taken with their unit or not at all, in several languages") {
  const auto exposure = [](const std::string& line) {
    return parse_spectrum(line + "\n500,1\n501,2\n502,3\n", "f").exposure_s;
  };
  CHECK(exposure("Integrationszeit: 150,5 ms") == doctest::Approx(0.1505));
  CHECK(exposure("Temps d'int\xE9gration (ms): 20") == doctest::Approx(0.02));
  CHECK(exposure("Tiempo de integraci\xF3n: 2 s") == doctest::Approx(2.0));
  CHECK(exposure("Exposure (\xB5s): 300") == doctest::Approx(3e-4));
  CHECK(exposure("Integration Time: 300") == 0.0);
  CHECK(exposure("Integration Time: 20,000 us") == 0.0);
}

TEST_CASE("parse_spectrum: UTF-16 keeps its letters, and half a character is refused") {
  const auto wide = [](const std::u16string& text) {
    std::string bytes = "\xFE\xFF";
    for (const char16_t c : text)
      bytes += std::string{static_cast<char>(c >> 8), static_cast<char>(c & 0xFF)};
    return bytes;
  };
  const std::string text =
      wide(u"\u03BB (nm);Intensit\u00E4t \u2212\n500,5;1,5\n501,5;\u22122,25\n502,5;3\n");
  const SpectrumTable table = parse_spectrum(text, "f");
  CHECK(table.columns[0].values[1] == -2.25);
  CHECK(table.columns[0].name.starts_with("Intensit\xC3\xA4t"));
  CHECK(refused_at(text.substr(0, text.size() - 1), 1, "UTF-16"));
}

TEST_CASE("parse_spectrum: tables of absurd shape are refused before they take memory") {
  std::string wide = "500";
  for (int i = 0; i < 5000; ++i) wide += ",1.5";
  CHECK(refused_at(wide + "\n" + wide + "\n" + wide + "\n", 1, "columns"));
  const std::string empty = "500,1" + std::string(4000, ',');
  CHECK(message(empty + "\n" + empty + "\n" + empty + "\n").find("cells are empty") != std::string::npos);
}

}  // namespace nocturne::test
