#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ocean_lab.hpp"

namespace nocturne::test {
namespace {

using virtual_obp::float_at;

VirtualOceanOptions of_model(const std::string& model) {
  VirtualOceanOptions options;
  options.model = model;
  return options;
}

struct ModelLab : OceanLab {
  explicit ModelLab(const std::string& model) : ModelLab(of_model(model)) {}
  explicit ModelLab(VirtualOceanOptions options) : OceanLab{options} {
    pixel_count = ocean_model(options.model).pixels;
  }
  std::vector<unsigned> wide_spectrum() {
    const Answer answer = send(0x100928, {}, 0, 1s);
    REQUIRE(answer.data.size() == 32 + 4 * static_cast<std::size_t>(pixel_count));
    std::vector<unsigned> counts;
    for (std::size_t i = 32; i < answer.data.size(); i += 4) counts.push_back(number_at(answer.data, i, 4));
    return counts;
  }
};

struct ModelRow {
  const char* model;
  unsigned pixels, full_scale, least_us, most_us, product, type;
  std::size_t bytes;
  std::string modes;
};

TEST_CASE("virtual ocean: every model has the pixels, limits, trigger modes and payload of its data sheet") {
  const std::string network{"\x00\x01\x03\xFF", 4}, small{"\x00\x01\x02", 3}, four{"\x00\x01\x02\x03", 4};
  for (const ModelRow& row :
       {ModelRow{"STS", 1024, 16383, 10, 85'000'000, 0x4000, 0x101000, 2048, small},
        ModelRow{"STS", 1024, 16383, 10, 85'000'000, 0x4000, 0x101100, 2048, small},
        ModelRow{"Spark", 1024, 16383, 10, 85'000'000, 0x4200, 0x101000, 2048, small},
        ModelRow{"QE Pro", 1044, 262143, 8000, 1'600'000'000, 0x4004, 0x100928, 4208, four},
        ModelRow{"Ventana", 1024, 65535, 22000, 60'000'000, 0x5000, 0x101000, 2048, small},
        ModelRow{"Ocean HDX", 2068, 65535, 6000, 10'000'000, 0x2003, 0x101000, 4136, network},
        ModelRow{"FlameX", 2136, 65535, 6000, 10'000'000, 0x2001, 0x101000, 4272, network}}) {
    CAPTURE(row.model);
    ModelLab lab{row.model};
    CHECK(lab.number(0x110220) == row.pixels);
    CHECK(lab.number(0x101010) == row.full_scale);
    CHECK(lab.number(0x110001) == row.least_us);
    CHECK(lab.number(0x110002) == row.most_us);
    CHECK(lab.number(0xE00) == 0x2457);
    CHECK(lab.number(0xE01) == row.product);
    CHECK(lab.set(0x110010, bytes_of(row.least_us, 4)) == 0);
    CHECK(lab.set(0x110010, bytes_of(row.most_us, 4)) == 0);
    CHECK(lab.set(0x110010, bytes_of(row.least_us - 1, 4)) == 6);
    CHECK(lab.set(0x110010, bytes_of(row.most_us + 1, 4)) == 6);
    for (int mode = 0; mode < 256; ++mode) {
      const bool known = row.modes.find(static_cast<char>(mode)) != std::string::npos;
      REQUIRE(lab.set(0x110110, bytes_of(static_cast<unsigned>(mode), 1)) == (known ? 0 : 6));
    }
    CHECK(lab.set(0x000000, {}) == 0);
    lab.set(0x100810, bytes_of(1, 1));  // only one of them needs it, and knows it
    lab.pass(row.most_us * 1us);        // the long exposure is over
    CHECK(lab.send(row.type, {}, 0, 1s).data.size() == row.bytes);
  }
}

TEST_CASE_FIXTURE(OceanLab,
                  "virtual ocean: a client that opens a FlameX gets an answer to each of its requests") {
  const auto asked = [&](unsigned type, const std::string& data = {}) {
    const Answer answer = send(type, data, 0, 300ms);
    CHECK(answer.any);
    CHECK(answer.flags == response);
    CHECK(answer.type == type);
    return answer.data;
  };
  CHECK(number_at(asked(0x110220), 0, 4) == 2136);
  CHECK(asked(0x110221) == bytes_of(0, 4) + bytes_of(2135, 4));
  asked(0x110223);
  asked(0x110222);
  CHECK(asked(0x000100) == "NCT00001");
  CHECK(set(0x110110, bytes_of(0, 1)) == 0);
  CHECK(set(0x110010, bytes_of(10'000, 4)) == 0);
  for (unsigned i = 0; i < 4; ++i) CHECK(asked(0x180101, bytes_of(i, 1)).size() == 4);
  CHECK(set(0x110410, bytes_of(0, 1)) == 0);
  CHECK(asked(0x101000).size() == 4272);
  CHECK(asked(0x181100) == bytes_of(8, 1));
  for (unsigned i = 0; i < 8; ++i) CHECK(asked(0x181101, bytes_of(i, 1)).size() == 4);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: data may travel behind the header even if it would fit inside") {
  const auto behind = [&](unsigned type, const std::string& data, unsigned flags) {
    std::string frame = virtual_obp::encoded(Message{});
    frame.replace(4, 2, bytes_of(flags, 2));
    frame.replace(8, 4, bytes_of(type, 4));
    frame.replace(40, 4, bytes_of(20 + data.size(), 4));
    frame.insert(44, data);
    return parsed(ask(frame));
  };
  CHECK(behind(0x110010, bytes_of(20'000, 4), wants_acknowledgement).flags == (response | acknowledged));
  CHECK(ocean.exposure() == 20ms);
  CHECK(behind(0x180101, bytes_of(0, 1), 0).data.size() == 4);
  const std::string calibration(4 * 2136, 'x');
  CHECK(send(0x182001).error == 12);
  CHECK(number(0x182002) == 0);
  CHECK(set(0x182011, calibration) == 0);
  CHECK(get(0x182001) == calibration);
  CHECK(number(0x182002) == 2136);
  CHECK(set(0x182011, calibration + "xxxx") == 5);
}

TEST_CASE("virtual ocean: a message with data in both places has the wrong length, a huge one is too large") {
  OceanLab lab;
  std::string both = virtual_obp::encoded(Message{});
  both[23] = 1;
  both.replace(40, 4, bytes_of(24, 4));
  both.insert(44, "data");
  CHECK(OceanLab::parsed(lab.ask(both)).error == 5);
  std::string huge = virtual_obp::encoded(Message{});
  huge.replace(40, 4, bytes_of(0x7FFFFFFF, 4));
  CHECK(OceanLab::parsed(lab.ask(huge)).error == 4);
}

TEST_CASE("virtual ocean: a serial line is searched for the next beginning, whatever the garbage") {
  VirtualOceanOptions options = of_model("STS");
  options.serial_line = true;
  ModelLab lab{options};
  Message message;
  message.type = 0x100;
  const std::string good = virtual_obp::encoded(message);
  for (const std::string& garbage :
       {std::string(5000, 'x'), std::string{"\xC1"}, std::string{"\xC1\xC1\xC1"}, good.substr(0, 40) + "\xC0",
        std::string{"\xC1\xC0"} + std::string(62, '\xC1')}) {
    CAPTURE(in_hex(garbage.substr(0, 64)));
    const std::string reply = lab.ask(garbage + good);  // a length that cannot be is refused before it
    REQUIRE(reply.size() >= 64);
    CHECK(OceanLab::parsed(reply.substr(reply.size() - 64)).data == "NCT00001");
  }
  std::string cut_short = good.substr(0, 50);
  cut_short.replace(40, 4, bytes_of(10'000, 4));
  CHECK(lab.ask(cut_short, 1s) == "");
  CHECK(OceanLab::parsed(lab.ask(good)).data == "NCT00001");
}

TEST_CASE("virtual QE Pro: electrically dark pixels see no light, counts reach 18 bits") {
  VirtualOceanOptions options = of_model("QEPro");
  options.baseline_counts = 1500.0;
  ModelLab lab{options};
  CHECK(lab.get(0x110221) == bytes_of(4, 4) + bytes_of(1039, 4));
  CHECK(lab.get(0x110223) == bytes_of(0, 4) + bytes_of(3, 4) + bytes_of(1040, 4) + bytes_of(1043, 4));
  CHECK(lab.number(0x1010A1) == 1500);
  CHECK(lab.set(0x100810, bytes_of(1, 1)) == 0);
  lab.offset = 200'000.0;
  const auto counts = lab.wide_spectrum();
  for (const std::size_t dark : {0u, 3u, 1040u, 1043u}) CHECK(counts[dark] == 1500);
  CHECK(counts[4] == 200'016);
  CHECK(counts[1039] > 200'000);
  lab.offset = 1e6;
  CHECK(lab.wide_spectrum()[500] == 262'143);
}

TEST_CASE("virtual QE Pro: its spectra are counted, timed and buffered, oldest first") {
  ModelLab lab{"QEPro"};
  CHECK(lab.send(0x100928).error == 7);
  CHECK(lab.set(0x100902, {}) == 7);
  CHECK(lab.set(0x100810, bytes_of(1, 1)) == 0);
  CHECK(lab.set_exposure(10ms) == 0);
  lab.pass(1s);
  lab.wide_spectrum();  // the stale one
  CHECK(lab.number(0x100820) == 15'000);
  CHECK(lab.set(0x100832, bytes_of(4, 4)) == 0);
  CHECK(lab.number(0x100822) == 4);
  CHECK(lab.number(0x100908) == 1);

  const int before = lab.exposures;
  CHECK(lab.set(0x100902, {}) == 0);
  CHECK(lab.number(0x100908) == 0);
  lab.pass(100ms);
  CHECK(lab.number(0x100900) == 4);  // full
  CHECK(lab.number(0x100908) == 1);
  CHECK(lab.exposures == before + 4);
  CHECK(lab.set(0x100831, bytes_of(1, 4)) == 0);
  const auto first = lab.send(0x100928);
  CHECK(number_at(first.data, 0, 4) == 3);        // after the stale one and the one that was removed
  CHECK(number_at(first.data, 12, 4) == 10'000);  // us
  CHECK(number_at(lab.send(0x100928).data, 0, 4) == 4);
  CHECK(lab.number(0x100900) == 1);
  CHECK(lab.set(0x100830, {}) == 0);
  CHECK(lab.number(0x100900) == 0);
  CHECK(number_at(lab.send(0x100928, {}, 0, 100ms).data, 0, 4) == 6);  // a new one
  CHECK(lab.set(0x100832, bytes_of(0, 4)) == 6);
  CHECK(lab.set(0x100832, bytes_of(15'001, 4)) == 6);
}

TEST_CASE("virtual ocean: filling the buffer is waited for, and can be aborted") {
  ModelLab lab{"HDX"};
  CHECK(lab.set(0x100810, bytes_of(1, 1)) == 0);
  CHECK(lab.set_exposure(50ms) == 0);
  CHECK(lab.set(0x100902, bytes_of(100, 4)) == 0);
  const auto two = lab.send(0x100980, bytes_of(2, 4), 0, 400ms);
  REQUIRE(two.data.size() == 2 * (64 + 4136 + 4));
  CHECK(lab.number(0x100908) == 0);
  CHECK(lab.set(0x100000, {}) == 0);
  CHECK(lab.number(0x100908) == 1);
  const unsigned kept = lab.number(0x100900);
  lab.pass(1s);
  CHECK(lab.number(0x100900) == kept);
  CHECK(lab.set(0x100810, bytes_of(0, 1)) == 0);
  CHECK(lab.number(0x100900) == 0);
}

TEST_CASE("virtual ocean: an external trigger mode gives a spectrum for a pulse, and for nothing else") {
  ModelLab lab{"FX"};
  CHECK(lab.set(0x110110, bytes_of(1, 1)) == 0);
  CHECK(lab.send(0x101000).error == 7);
  CHECK(lab.set(0x110120, {}) == 0);
  CHECK(lab.send(0x101000, {}, 0, 1s).data.size() == 4272);
  CHECK(lab.send(0x101000).error == 7);
  CHECK(lab.set(0x110110, bytes_of(0xFF, 1)) == 0);
  CHECK(lab.set(0x110120, {}) == 0);
  CHECK(lab.send(0x101000).error == 7);

  CHECK(lab.set(0x110110, bytes_of(1, 1)) == 0);
  CHECK(lab.set(0x100810, bytes_of(1, 1)) == 0);
  CHECK(lab.set(0x110112, bytes_of(3, 4)) == 0);
  CHECK(lab.set(0x100902, {}) == 0);
  lab.pass(1s);
  CHECK(lab.number(0x100900) == 0);
  CHECK(lab.set(0x110120, {}) == 0);
  lab.pass(1s);
  CHECK(lab.number(0x100900) == 3);
  CHECK(lab.send(0x100980, bytes_of(5, 4), 0, 1s).data.size() == 3 * (64 + 4272 + 4));
  CHECK(lab.send(0x100980, bytes_of(5, 4), 0, 1s).error == 7);

  ModelLab small{"STS"};
  CHECK(small.set(0x110110, bytes_of(2, 1)) == 0);  // its own trigger
  CHECK(small.send(0x101000, {}, 0, 1s).data.size() == 2048);
}

TEST_CASE("virtual STS: neighbours are averaged in bins") {
  ModelLab lab{"STS"};
  CHECK(lab.number(0x110281) == 3);
  CHECK(lab.set(0x110290, bytes_of(4, 1)) == 6);
  CHECK(lab.set(0x110290, bytes_of(2, 1)) == 0);
  const auto binned = lab.spectrum();
  REQUIRE(binned.size() == 256);
  CHECK(binned[100] == std::lround(4.0 * 401.5 * 1024 / 1023));
  CHECK(lab.set(0x000000, {}) == 0);
  CHECK(lab.spectrum().size() == 1024);
}

TEST_CASE("virtual QE Pro: its cooler takes its time") {
  ModelLab lab{"QEPro"};
  const auto real = [&](unsigned type) { return float_at(lab.get(type), 0); };
  CHECK(real(0x420004) == 25.0F);
  CHECK(lab.set(0x420011, bytes_of(-15.0F)) == 0);
  CHECK(lab.set(0x420011, bytes_of(-100.0F)) == 6);
  CHECK(lab.set(0x420011, bytes_of(std::numeric_limits<float>::quiet_NaN())) == 6);
  CHECK(lab.set(0x420010, bytes_of(1, 1)) == 0);
  CHECK(lab.number(0x420003) == 0);
  lab.pass(20s);
  CHECK(std::abs(real(0x420004) - (-15.0 + 40.0 / std::exp(1.0))) < 0.1);
  lab.pass(200s);
  CHECK(lab.number(0x420003) == 1);
  CHECK(real(0x420001) == -15.0F);
  CHECK(ModelLab{"FX"}.send(0x420004).error == 2);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: names, network and serial port are told and kept over a reset") {
  CHECK(set(0x210, "cell 3") == 0);
  CHECK(set(0x310, bytes_of(1, 1) + "perovskite") == 0);
  CHECK(set(0x310, bytes_of(3, 1) + "x") == 12);
  CHECK(set(0xA92, bytes_of(0, 1) + bytes_of(5000, 2)) == 0);
  CHECK(set(0x810, bytes_of(115'200, 4)) == 0);
  CHECK(number(0x800) == 115'200);
  CHECK(set(0x0, {}) == 0);
  CHECK(get(0x200) == "cell 3");
  CHECK(get(0x302, bytes_of(1, 1)) == "perovskite");
  CHECK(get(0xA82, bytes_of(0, 1)) == bytes_of(5000, 2));
  CHECK(get(0xA81, bytes_of(0, 1)) == std::string(4, '\xEF'));
  CHECK(send(0xA81, bytes_of(1, 1)).error == 12);
  CHECK(get(0xE11) == "Ocean FX");
  CHECK(number(0x800) == 9600);
  CHECK(OceanLab{of_model("STS")}.send(0xA81, bytes_of(0, 1)).error == 2);
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: every type of its list of commands is known to it") {
  const std::string list = get(0x82);
  REQUIRE(list.size() > 400);
  for (std::size_t i = 0; i < list.size(); i += 4) {
    const unsigned type = number_at(list, i, 4);
    CAPTURE(type);
    REQUIRE(send(type, "no request is that long...", wants_acknowledgement, 1ms).error != 2);
  }
}

TEST_CASE_FIXTURE(OceanLab, "virtual ocean: new coefficients are told; erased ones are not numbers") {
  CHECK(set(0x180111, bytes_of(0, 1) + bytes_of(400.5F)) == 0);
  CHECK(float_at(get(0x180101, bytes_of(0, 1)), 0) == 400.5F);
  CHECK(set(0x180111, bytes_of(4, 1) + bytes_of(1.0F)) == 12);
  ocean.faults().calibration_erased = true;
  CHECK(std::isnan(float_at(get(0x180101, bytes_of(0, 1)), 0)));
}

}  // namespace
}  // namespace nocturne::test
