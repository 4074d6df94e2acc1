#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "models/spectra/spectrum_text.hpp"
#include "spectrum_refusal.hpp"

namespace nocturne::test {

namespace {

bool jcamp_refused(const std::string& text, const std::string& because) {
  return refused(text, because, "file.jdx");
}

const std::string labels = "##TITLE=t\n##XUNITS=NANOMETERS\n##YUNITS=A\n##FIRSTX=500\n";

}  // namespace

TEST_CASE("parse_spectrum: JCAMP-DX in AFFN and XYPOINTS form") {
  const std::string head =
      "##TITLE= dots $$ comment\n##JCAMP-DX= 4.24\n##DATA TYPE= UV/VIS SPECTRUM\n##XUNITS= "
      "NANOMETERS\n##YUNITS= ABSORBANCE\n";
  const SpectrumTable affn = parse_spectrum(
      head +
          "##FIRSTX= 500\n##LASTX= 505\n##NPOINTS= 6\n##XFACTOR= 1\n##YFACTOR= 0.01\n##XYDATA= (X++(Y..Y))\n"
          "500 10 20 30\n503+40-50+60\n##END=\n",
      "f");
  CHECK(affn.format == "JCAMP-DX");
  REQUIRE(affn.wavelength_nm.size() == 6);
  CHECK(affn.wavelength_nm[5] == 505.0);
  CHECK(affn.columns[0].values[4] == doctest::Approx(-0.5));
  CHECK(affn.columns[0].name == "ABSORBANCE");
  const SpectrumTable points =
      parse_spectrum(head + "##XYPOINTS= (XY..XY)\n500.0, 1.0; 501.0, 2.0\n502.5, 3.0\n##END=\n", "f");
  REQUIRE(points.wavelength_nm.size() == 3);
  CHECK(points.wavelength_nm[2] == 502.5);
  CHECK(points.columns[0].values[2] == 3.0);
}

TEST_CASE("parse_spectrum: JCAMP-DX in squeezed, difference and repeated form") {
  // Ordinates 10 11 12 12 12 15, then 15 as the check of the next line and 14 13.
  const SpectrumTable table = parse_spectrum(
      "##TITLE=t\n##XUNITS=1/CM\n##YUNITS=A\n##FIRSTX=20000\n##LASTX=19300\n##NPOINTS=8\n##YFACTOR=1\n"
      "##XYDATA=(X++(Y..Y))\n20000A0JJ%TL\n19400A5jj\n##END=\n",
      "f");
  REQUIRE(table.wavelength_nm.size() == 8);
  CHECK(table.wavelength_nm[0] == doctest::Approx(500.0));
  const double expected[] = {10, 11, 12, 12, 12, 15, 14, 13};
  for (int i = 0; i < 8; ++i) CHECK(table.columns[0].values[i] == expected[i]);
}

TEST_CASE("parse_spectrum: damaged JCAMP-DX is refused") {
  const std::string head = "##TITLE=t\n##XUNITS=NANOMETERS\n##YUNITS=A\n##FIRSTX=500\n##LASTX=502\n";
  CHECK(jcamp_refused(head + "##NPOINTS=4\n##XYDATA=(X++(Y..Y))\n500 1 2 3\n##END=\n", "NPOINTS"));
  CHECK(jcamp_refused(head + "##XYDATA=(X++(Y..Y))\n500 1 $ 3\n##END=\n", "no number"));
  CHECK(jcamp_refused(head + "##XYDATA=(XYWX)\n500 1 2 3\n##END=\n", "X++(Y..Y)"));
  CHECK(jcamp_refused(head + "##XYDATA=(X++(Y..Y))\n500J1\n##END=\n", "before the first ordinate"));
  CHECK(jcamp_refused(head + "##XYDATA=(X++(Y..Y))\n500A0K\n502A9J\n##END=\n", "check"));
  CHECK(jcamp_refused("##TITLE=t\n##XUNITS=NANOMETERS\n##XYDATA=(X++(Y..Y))\n500 1 2 3\n##END=\n", "FIRSTX"));
  CHECK(jcamp_refused("##TITLE=t\n##END=\n", "without a spectrum"));
  CHECK(jcamp_refused(head + "##XYPOINTS=(XY..XY)\n500 1 501\n##END=\n", "odd number"));
}

TEST_CASE("parse_spectrum: JCAMP-DX in packed form, with an exponent, with X in the units of XFACTOR") {
  const SpectrumTable packed = parse_spectrum(
      labels + "##LASTX=503\n##NPOINTS=4\n##YFACTOR=0.5\n##XYDATA=(X++(Y..Y))\n500+4-6\n502+8+10\n##END=\n",
      "f");
  CHECK(packed.columns[0].values[1] == -3.0);
  CHECK(packed.columns[0].values[3] == 5.0);
  const SpectrumTable exponents = parse_spectrum(labels +
                                                     "##LASTX=503\n##NPOINTS=4\n##XFACTOR=0.1\n##XYDATA=(X++("
                                                     "Y..Y))\n5.0E+03 1.5E2 ?\n5020 3 4\n##END=\n",
                                                 "f");
  CHECK(exponents.columns[0].values[0] == 150.0);
  CHECK(std::isnan(exponents.columns[0].values[1]));
  // E after an abscissa is the digit 5.
  const SpectrumTable squeezed = parse_spectrum(
      labels + "##LASTX=503\n##NPOINTS=4\n##XYDATA=(X++(Y..Y))\n500E5F2\n502E9e1\n##END=\n", "f");
  CHECK(squeezed.columns[0].values[0] == 55.0);
  CHECK(squeezed.columns[0].values[3] == -51.0);
}

TEST_CASE(
    "parse_spectrum: JCAMP-DX axes in micrometres and wavenumbers become nanometres, others are refused") {
  const std::string data =
      "##YUNITS=A\n##FIRSTX=0.5\n##LASTX=0.7\n##NPOINTS=3\n##XYDATA=(X++(Y..Y))\n0.5 1 2 3\n##END=\n";
  CHECK(parse_spectrum("##TITLE=t\n##XUNITS=MICROMETERS\n" + data, "f").wavelength_nm[2] ==
        doctest::Approx(700.0));
  CHECK(jcamp_refused("##TITLE=t\n##XUNITS=HZ\n" + data, "the axis is in HZ"));
  CHECK(jcamp_refused("##TITLE=t\n" + data, "no XUNITS"));
}

TEST_CASE("parse_spectrum: the checks in a JCAMP-DX file must hold") {
  const auto with = [](const std::string& label, const std::string& lines) {
    return labels + label + "##XYDATA=(X++(Y..Y))\n" + lines + "##END=\n";
  };
  const std::string four = "##LASTX=503\n##NPOINTS=4\n";
  CHECK_FALSE(jcamp_refused(with(four, "500 1 2\n502 3 4\n"), ""));
  CHECK(jcamp_refused(with(four, "500 1 2\n503 3 4\n"), "begins at x"));
  CHECK(jcamp_refused(with(four + "##DELTAX=2\n", "500 1 2 3 4\n"), "DELTAX"));
  CHECK(jcamp_refused(with(four + "##FIRSTY=7\n", "500 1 2 3 4\n"), "FIRSTY"));
  CHECK_FALSE(jcamp_refused(with(four + "##FIRSTY=1\n##DELTAX=1.000\n", "500 1 2 3 4\n"), ""));
  const std::string points = labels + "##LASTX=502\n##NPOINTS=3\n##XYPOINTS=(XY..XY)\n";
  CHECK(jcamp_refused(points + "500 1; 501 2\n##END=\n", "NPOINTS"));
  CHECK(jcamp_refused(points + "500 1; 501 2; 504 3\n##END=\n", "lastx"));
}

TEST_CASE("parse_spectrum: peak tables, NTUPLES and endless repetitions in JCAMP-DX are refused") {
  CHECK(jcamp_refused("##TITLE=t\n##XUNITS=NM\n##PEAK TABLE=(XY..XY)\n500,1 501,2 502,1\n##END=\n",
                      "peak table"));
  CHECK(jcamp_refused(
      "##TITLE=t\n##DATA TYPE=NMR SPECTRUM\n##NTUPLES=NMR\n##DATA TABLE=(X++(R..R))\n1 2\n##END=\n",
      "NTUPLES"));
  CHECK(jcamp_refused(labels + "##LASTX=900\n##XYDATA=(X++(Y..Y))\n500A1Z9999999999\n##END=\n", "more than"));
}

TEST_CASE("parse_spectrum: the blocks of a JCAMP-DX LINK become columns, the processed one last") {
  const auto block = [](const std::string& what, const std::string& units, const std::string& points) {
    return "##TITLE= SPECTRA: " + what +
           "\n##JCAMP-DX= 5 $$ x\n##.AVERAGES= 5\n##XUNITS= NANOMETERS\n##YUNITS= " + units +
           "\n##XFACTOR= 1.0\n##YFACTOR= 1.0\n##FIRSTX= 500,25\n##LASTX= 502,25\n##NPOINTS= 3\n" +
           "##XYPOINTS= (XY..XY)\n" + points + "##END=\n";
  };
  const std::string link = "##TITLE= SPECTRA\n##DATA TYPE= LINK\n##BLOCKS= 3\n";
  const std::string dark = block("DARK SPECTRUM", "Counts", "500,25, 10,5\n501,25, 10\n502,25, 10\n");
  const SpectrumTable table = parse_spectrum(
      link + block("PROCESSED SPECTRUM", "Transmission (%)", "500,25, 60,75\n501,25, 35\n502,25, 11\n") +
          dark + block("REFERENCE SPECTRUM", "Counts", "500,25, 110\n501,25, 110\n502,25, 110\n") +
          "##END=\n",
      "f");
  REQUIRE(table.columns.size() == 3);
  CHECK(table.columns[0].name == "DARK SPECTRUM");
  CHECK(table.columns[1].name == "REFERENCE SPECTRUM");
  CHECK(table.columns[2].name == "PROCESSED SPECTRUM");
  CHECK(table.columns[2].values[0] == 60.75);
  CHECK(table.columns[0].values[0] == 10.5);
  CHECK(table.wavelength_nm[0] == 500.25);
  CHECK(table.scans == 5);
  CHECK(jcamp_refused(link + dark + block("REFERENCE SPECTRUM", "Counts", "500,25, 1\n501, 1\n502,25, 1\n"),
                      "different grids"));
  CHECK(jcamp_refused(link + block("DARK SPECTRUM", "Counts", "500,25,10\n501,25,10\n502,25,10\n"),
                      "decimal commas"));
}

}  // namespace nocturne::test
