#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"

namespace nocturne::test {

using virtual_new_era::packet;

/// One pump with the last user's settings, connected; every change of its true flow is noted.
struct PumpLab : Conversation {
  VirtualNewEraChain chain{clock, "pumps"};
  std::vector<std::pair<double, double>> flows;  // s, uL/min

  explicit PumpLab(VirtualNewEraOptions options = {}) {
    add(std::move(options));
    serve(chain);
  }
  VirtualNewEra& add(VirtualNewEraOptions options) {
    return chain.add(std::move(options), [this](FlowRate flow, Instant when) {
      flows.emplace_back(in_seconds(when), in_microliters_per_minute(flow));
    });
  }
  VirtualNewEra& pump() { return chain.unit(0); }
  /// Reply to a text command without STX and ETX; what is not framed like that is returned as it is.
  std::string text(const std::string& command) {
    const std::string bytes = ask(command + "\r");
    if (bytes.size() < 2 || bytes.front() != 2 || bytes.back() != 3) return "unframed:" + bytes;
    return bytes.substr(1, bytes.size() - 2);
  }
  std::string packed(const std::string& data) {
    const std::string bytes = ask(packet(data));
    if (bytes.size() < 5) return "short:" + bytes;
    const std::string inside = bytes.substr(2, bytes.size() - 5);
    return bytes == packet(inside) ? inside : "bad frame:" + in_hex(bytes);
  }
  void awaken() { text(""); }
  void start(const std::string& rate) {
    awaken();
    for (const std::string& command :
         {std::string{"DIA26.59"}, std::string{"VOL0"}, std::string{"RAT"} + rate})
      REQUIRE(text(command) == "00S");
    REQUIRE(text("RUN") == "00I");
  }
};

}  // namespace nocturne::test
