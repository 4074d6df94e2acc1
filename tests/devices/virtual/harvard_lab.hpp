#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/virtual_pump_chain.hpp"

namespace nocturne::test {

/// One pump of the Harvard family, connected; every change of its true flow is noted.
struct HarvardLab : Conversation {
  VirtualPumpChain chain{clock, "pumps"};
  std::vector<std::pair<double, double>> flows;  // s, uL/min

  explicit HarvardLab(VirtualHarvardOptions options = {}) {
    add(std::move(options));
    serve(chain);
  }
  VirtualHarvard& add(VirtualHarvardOptions options) {
    return chain.add(std::move(options), [this](FlowRate flow, Instant when) {
      flows.emplace_back(in_seconds(when), in_microliters_per_minute(flow));
    });
  }
  VirtualHarvard& pump() { return chain.unit(0); }
  /// All bytes that answer a command.
  std::string say(const std::string& command) { return ask(command + "\r\n"); }
  /// The text of an answer of one line, without the prompt; what is not framed like that is returned as it
  /// is.
  std::string text(const std::string& command) {
    const std::string bytes = say(command);
    const std::size_t end = bytes.find("\r\n");
    return bytes.starts_with('\n') && end != std::string::npos ? bytes.substr(1, end - 1) : bytes;
  }
  void obeyed(const std::vector<std::string>& commands, const std::string& prompt = ":") {
    for (const std::string& command : commands) {
      CAPTURE(command);
      REQUIRE(say(command) == "\n" + prompt);
    }
  }
};

inline VirtualHarvardOptions pump_with(virtual_harvard::Model model, double diameter_mm) {
  VirtualHarvardOptions options;
  options.model = std::move(model);
  options.settings.diameter_mm = diameter_mm;
  options.syringe.diameter = millimeters(diameter_mm);
  return options;
}

}  // namespace nocturne::test
