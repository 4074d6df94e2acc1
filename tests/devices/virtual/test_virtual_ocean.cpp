#include <doctest/doctest.h>

#include <array>
#include <bit>

#include "ocean_lab.hpp"

namespace nocturne::test {
namespace {

const std::string zeros16(16, '\0');

std::string header(const std::string& flags, const std::string& error, const std::string& type,
                   const std::string& regarding, const std::string& checksum_and_length) {
  return from_hex("C1C0 0011") + from_hex(flags) + from_hex(error) + from_hex(type) + from_hex(regarding) +
         std::string(6, '\0') + from_hex(checksum_and_length);
}
std::string tail() { return from_hex("14000000") + zeros16 + from_hex("C5C4C3C2"); }

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: the serial number, byte for byte") {
  const std::string request = header("0000", "0000", "00010000", "00000000", "0000") + zeros16 + tail();
  const std::string reply = header("0100", "0000", "00010000", "00000000", "0008") +
                            from_hex("4E 43 54 30 30 30 30 31 00 00 00 00 00 00 00 00") + tail();
  CHECK(in_hex(ask(request)) == in_hex(reply));
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: a command with acknowledgement, byte for byte") {
  const std::string request = header("0400", "0000", "10001100", "07000000", "0004") + from_hex("50C30000") +
                              std::string(12, '\0') + tail();
  const std::string reply = header("0300", "0000", "10001100", "07000000", "0000") + zeros16 + tail();
  CHECK(in_hex(ask(request)) == in_hex(reply));
  CHECK(ocean.exposure() == 50ms);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: an unknown type is refused with error 2") {
  const std::string request = header("0000", "0000", "EFCDAB00", "00000000", "0000") + zeros16 + tail();
  const std::string reply = header("0900", "0200", "EFCDAB00", "00000000", "0000") + zeros16 + tail();
  CHECK(in_hex(ask(request)) == in_hex(reply));
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: MD5 is checked and answered with MD5") {
  std::string request = header("0000", "0000", "00010000", "00000000", "0100") + zeros16 +
                        from_hex("14000000") + from_hex("D9 6B A8 12 1C A9 BB 7F 93 64 49 0E A8 6D 93 DC") +
                        from_hex("C5C4C3C2");
  const Answer good = parsed(ask(request));
  CHECK(good.md5);
  CHECK(good.data == "NCT00001");
  request[50] ^= 1;
  const Answer bad = parsed(ask(request));
  CHECK(bad.flags == (response | refused));
  CHECK(bad.error == 3);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: the checksum of replies can be asked for") {
  CHECK(set(0x10, bytes_of(1, 1)) == 0);
  CHECK(send(0x100).md5);
  CHECK(set(0x10, bytes_of(2, 1)) == 8);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: commands are answered only if that was asked for") {
  CHECK_FALSE(send(0x110010, bytes_of(20000, 4)).any);
  CHECK(ocean.exposure() == 20ms);
  CHECK_FALSE(send(0x110010, bytes_of(1, 4)).any);
  CHECK(ocean.exposure() == 20ms);
}

TEST_CASE_FIXTURE(OceanLab,
                  "virtual ocean: wrong lengths, protocols and checksums have their error numbers") {
  CHECK(set(0x110010, bytes_of(20000, 2)) == 5);
  CHECK(send(0x100, "x").error == 5);
  CHECK(send(0x101000, "x").error == 5);
  std::string old = virtual_obp::encoded(Message{});
  old.replace(8, 4, bytes_of(0x100, 4));
  old.replace(2, 2, bytes_of(0x1000, 2));
  CHECK(parsed(ask(old)).error == 0);
  old.replace(2, 2, bytes_of(0x2000, 2));
  CHECK(parsed(ask(old)).error == 1);
  old.replace(2, 2, bytes_of(0x1100, 2));
  old[22] = 7;
  CHECK(parsed(ask(old)).error == 8);
}

TEST_CASE("virtual ocean: a bad beginning or footer ends the connection, on a serial line it is skipped") {
  VirtualOceanOptions options;
  std::string bad;
  Message message;
  message.type = 0x100;
  SUBCASE("beginning") { bad = "hello"; }
  SUBCASE("footer") {
    bad = virtual_obp::encoded(message);
    bad.back() = 'x';
  }
  OceanLab strict{options};
  CHECK(strict.ask(bad + virtual_obp::encoded(message)).empty());
  CHECK(strict.ended);
  options.serial_line = true;
  OceanLab patient{options};
  CHECK(OceanLab::parsed(patient.ask(bad + virtual_obp::encoded(message))).data == "NCT00001");
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: messages may arrive in pieces and in a row") {
  Message message;
  message.type = 0x110220;
  const std::string one = virtual_obp::encoded(message);
  for (std::size_t i = 0; i + 1 < one.size(); i += 7)
    REQUIRE(ask(one.substr(i, std::min<std::size_t>(7, 63 - i))).empty());
  CHECK(parsed(ask(one.substr(63))).data == bytes_of(2136, 4));
  CHECK(ask(one + one).size() == 128);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: wavelengths and nonlinearity come back as polynomials") {
  CHECK(number(0x180100) == 4);
  CHECK(number(0x181100) == 8);
  std::array<float, 4> wavelength{};
  for (unsigned i = 0; i < 4; ++i)
    wavelength[i] = std::bit_cast<float>(number_at(get(0x180101, bytes_of(i, 1)), 0, 4));
  const Detector detector = detector_of(2136);
  for (const int p : {0, 500, 1000, 2135}) {
    const double x = p;
    const double nm =
        wavelength[0] + x * (wavelength[1] + x * (wavelength[2] + x * static_cast<double>(wavelength[3])));
    CHECK(nm == doctest::Approx(detector.wavelength_nm[p]).epsilon(1e-6));
  }
  CHECK(std::bit_cast<float>(number_at(get(0x181101, bytes_of(1, 1)), 0, 4)) == 1e-6F);
  CHECK(std::bit_cast<float>(number_at(get(0x181101, bytes_of(7, 1)), 0, 4)) == 0.0F);
  CHECK(send(0x181101, bytes_of(8, 1)).error == 12);
  CHECK(send(0x180101, bytes_of(4, 1)).error == 12);
}

TEST_CASE_FIXTURE(
    OceanLab, "virtual ocean: limits and settings are told, values outside are refused and change nothing") {
  CHECK(number(0x110220) == 2136);
  CHECK(get(0x110221) == bytes_of(0, 4) + bytes_of(2135, 4));
  CHECK(get(0x110223).empty());
  CHECK(number(0x110001) == 6000);
  CHECK(number(0x110002) == 10'000'000);
  CHECK(number(0x101010) == 65535);
  CHECK(number(0x1010A0) == 60000);
  CHECK(set_exposure(5999us) == 6);
  CHECK(set_exposure(10'000'001us) == 6);
  CHECK(number(0x110000) == 100'000);
  CHECK(set_exposure(6ms) == 0);
  CHECK(number(0x110000) == 6000);
  CHECK(set(0x110110, bytes_of(2, 1)) == 6);
  CHECK(set(0x110110, bytes_of(0, 1)) == 0);
  CHECK(set(0x120010, bytes_of(0, 2)) == 6);
  CHECK(set(0x121010, bytes_of(2, 1)) == 0);
  CHECK(number(0x121000) == 2);
  CHECK(std::bit_cast<float>(number_at(get(0x400001, bytes_of(0, 1)), 0, 4)) == 31.5F);
}

TEST_CASE_FIXTURE(OceanLab,
                  "virtual ocean: a spectrum waits for the rest of the running exposure and one more") {
  pass(130ms - (clock.now() - Instant{}));
  const Message message = [] {
    Message m;
    m.type = 0x101000;
    return m;
  }();
  CHECK(ask(virtual_obp::encoded(message), 169ms).empty());
  CHECK(heard(2ms).size() == 64 + 2 * 2136);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].first == doctest::Approx(0.2));
  CHECK(taken[0].second == doctest::Approx(0.1));
}

TEST_CASE_FIXTURE(OceanLab,
                  "virtual ocean: the first spectrum after a change is the one that was running before it") {
  pass(1s);
  SUBCASE("lamp") {
    CHECK(lamp_and_led(true, false) == 0);
    CHECK(lamp);
    CHECK(spectrum()[0] == 0);
    CHECK(spectrum()[0] == 1);
    CHECK(lamp_and_led(false, false) == 0);
    CHECK(spectrum()[0] == 1);
    CHECK(spectrum()[0] == 0);
  }
  SUBCASE("LED") {
    CHECK(lamp_and_led(false, true) == 0);
    CHECK(led);
    CHECK(spectrum()[1] == 0);
    CHECK(spectrum()[1] == 1);
  }
  SUBCASE("exposure") {
    CHECK(set_exposure(40ms) == 0);
    CHECK(spectrum()[2] == 100);
    CHECK(spectrum()[2] == 40);
  }
  SUBCASE("no change, no stale spectrum") {
    const unsigned before = spectrum()[3];
    CHECK(set(0x110410, bytes_of(0, 1)) == 0);
    CHECK(set_exposure(100ms) == 0);
    CHECK(spectrum()[3] == before + 1);
  }
  SUBCASE("several changes during one exposure leave one stale spectrum") {
    pass(1ms);
    CHECK_FALSE(send(0x110410, bytes_of(1, 1), 0, 1ms).any);
    CHECK_FALSE(send(0x200110, bytes_of(1, 4) + bytes_of(1, 4), 0, 1ms).any);
    CHECK_FALSE(send(0x200310, bytes_of(1, 4) + bytes_of(1, 4), 0, 1ms).any);
    const auto stale = spectrum();
    CHECK(stale[0] + stale[1] == 0);
    const auto fresh = spectrum();
    CHECK(fresh[0] + fresh[1] == 2);
  }
}

TEST_CASE_FIXTURE(
    OceanLab,
    "virtual ocean: the LED needs both its output enabled and its value set; other pins are left alone") {
  CHECK(set(0x200310, bytes_of(0xFF, 4) + bytes_of(0x0F, 4)) == 0);
  CHECK_FALSE(led);
  CHECK(number(0x200300) == 0x0F);
  CHECK(set(0x200110, bytes_of(1, 4) + bytes_of(1, 4)) == 0);
  CHECK(led);
  CHECK(set(0x200310, bytes_of(0, 4) + bytes_of(2, 4)) == 0);
  CHECK(led);
  CHECK(number(0x200300) == 0x0D);
  CHECK(set(0x200310, bytes_of(0, 4)) == 5);
  CHECK(set(0x000000, {}) == 0);
  CHECK_FALSE(led);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: averages and smooths corrected spectra, not raw ones") {
  CHECK(set(0x120010, bytes_of(3, 2)) == 0);
  CHECK(spectrum()[3] == 1);  // mean of exposures 0, 1, 2
  CHECK(taken.size() == 3);
  CHECK(taken[2].first - taken[0].first == doctest::Approx(0.2));
  CHECK(spectrum(0x101100)[3] == 3);
  CHECK(set(0x120010, bytes_of(1, 2)) == 0);
  CHECK(set(0x121010, bytes_of(1, 1)) == 0);
  const auto smooth = spectrum();  // pixels 2, 3, 4 hold 100, the number of exposures, and the ramp
  CHECK(smooth[3] == static_cast<unsigned>(std::lround((100.0 + 4.0 + 16.0 * 2136 / 2135.0) / 3.0)));
  CHECK(smooth[2135] == static_cast<unsigned>(std::lround(4.0 * 2136 * (1.0 - 0.5 / 2135.0))));
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: counts are clipped at the converter's ends") {
  offset = -100.0;
  CHECK(spectrum()[0] == 0);
  offset = 1e6;
  CHECK(spectrum()[0] == 65535);
}

TEST_CASE_FIXTURE(
    OceanLab, "virtual ocean: several raw spectra come with 64 bytes of metadata and 4 of checksum each") {
  const Answer answer = send(0x100980, bytes_of(3, 4), 0, 1s);
  REQUIRE(answer.data.size() == 3 * (64 + 2 * 2136 + 4));
  const auto exposure_number = [&](std::size_t i) {
    return number_at(answer.data, i * (64 + 4272 + 4) + 64 + 6, 2);
  };
  CHECK(exposure_number(0) == 0);
  CHECK(exposure_number(2) == 2);
  CHECK(send(0x100980, bytes_of(0, 4)).error == 6);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: waits for no trigger that never comes") {
  CHECK(set(0x110110, bytes_of(1, 1)) == 0);
  CHECK(send(0x101000).error == 7);
}

TEST_CASE("virtual ocean: every model has its pixels, limits and messages") {
  struct Row {
    const char* model;
    int pixels, full_scale, least_us;
    unsigned type;
    std::size_t bytes;
  };
  for (const Row& row :
       {Row{"STS", 1024, 16383, 10, 0x101000, 2048}, Row{"HDX", 2068, 65535, 6000, 0x101000, 4136},
        Row{"FX", 2136, 65535, 6000, 0x101000, 4272}, Row{"QEPro", 1044, 262143, 8000, 0x100928, 4208}}) {
    CAPTURE(row.model);
    VirtualOceanOptions options;
    options.model = row.model;
    OceanLab lab{options};
    lab.pixel_count = row.pixels;
    CHECK(lab.number(0x110220) == static_cast<unsigned>(row.pixels));
    CHECK(lab.number(0x101010) == static_cast<unsigned>(row.full_scale));
    CHECK(lab.number(0x110001) == static_cast<unsigned>(row.least_us));
    if (std::string{row.model} == "QEPro") {
      CHECK(lab.send(row.type).error == 7);
      CHECK(lab.set(0x100810, bytes_of(1, 1)) == 0);
      CHECK(lab.send(0x101000).error == 2);
    }
    CHECK(lab.send(row.type, {}, 0, 1s).data.size() == row.bytes);
  }
  CHECK(&ocean_model("Ocean FX") == &ocean_model("FX"));
  CHECK_THROWS_AS(ocean_model("XYZ"), std::invalid_argument);
}

TEST_CASE("virtual ocean: a detector with other pixels than the model is refused") {
  VirtualClock clock;
  CHECK_THROWS_AS((VirtualOcean{clock, {}, detector_of(100), {}}), std::invalid_argument);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: a frozen detector gives its last spectrum again") {
  spectrum();
  ocean.faults().frozen = true;
  CHECK(spectrum()[3] == 0);
  ocean.faults().frozen = false;
  CHECK(spectrum()[3] == 2);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: dead lights are acknowledged and stay dark") {
  ocean.faults().lights_fail = true;
  CHECK(lamp_and_led(true, true) == 0);
  CHECK(number(0x110400) == 1);
  CHECK_FALSE(lamp);
  CHECK_FALSE(led);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: faults damage replies as asked") {
  ReplyFaults& faults = ocean.faults().reply;
  faults.replies = 1;
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK_FALSE(send(0x100).any);
  }
  SUBCASE("wrong check") {
    faults.wrong_checksum = true;
    CHECK_FALSE(send(0x100).any);
  }
  SUBCASE("another request's") {
    faults.wrong_address = true;
    CHECK(send(0x100).regarding == 1);
  }
  SUBCASE("late") {
    faults.delay = 2s;
    CHECK_FALSE(send(0x100, {}, 0, 1s).any);
    CHECK(parsed(heard(2s)).data == "NCT00001");
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    CHECK_FALSE(send(0x100).any);
    CHECK(ended);
    serve(ocean);
  }
  CHECK(send(0x100).data == "NCT00001");
}

}  // namespace
}  // namespace nocturne::test
