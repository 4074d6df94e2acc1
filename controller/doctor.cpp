#include "controller/doctor.hpp"

#include <fmt/format.h>
#include <sys/timex.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "controller/campaign/campaign_files.hpp"
#include "controller/json.hpp"
#include "controller/window/assets.hpp"
#include "models/surrogate_library.hpp"
#include "recipes/library.hpp"

namespace nocturne {
namespace {

constexpr double kBytesOfANight = 2e9;  // raw spectra of 12 h, with a margin

struct Finding {
  std::string what;
  bool well = true;
  std::string detail;
};

Finding versions() {
  std::string text;
  for (const auto& [name, version] : library_versions())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, version);
  return Finding{"versions", true, text};
}

Finding surrogate() {
  if (!surrogate_available())
    return Finding{"surrogate", false, "this build has none (configure with NOCTURNE_TORCH=ON)"};
  SurrogateOptions options;
  options.inputs.push_back(InputScale{"temperature_C", 0.0, 1.0, false});
  options.outputs.push_back(OutputPrior{"peak_nm", PriorMean::constant, {}, {}});
  make_surrogate(options);
  return Finding{"surrogate", true, "loads"};
}

Finding shipped_files() {
  return Finding{"shipped files", true,
                 fmt::format("{} recipes in {}", shipped_names("").size(), shipped_folder().string())};
}

Finding pages() {
  if (assets().empty())
    return Finding{"pages", true, "this build has none for browsers (configure with NOCTURNE_WINDOW=ON)"};
  return Finding{"pages", true, "for browsers, build " + build_digest()};
}

Finding serial_ports() {
  namespace fs = std::filesystem;
  const fs::path folder = "/dev/serial/by-id";
  std::error_code none;
  int ports = 0, closed = 0;
  for (const auto& entry : fs::directory_iterator{folder, none}) {
    ++ports;
    if (::access(entry.path().c_str(), R_OK | W_OK) != 0) ++closed;
  }
  if (closed > 0)
    return Finding{
        "serial ports", false,
        fmt::format("{} of {} may not be opened (add yourself to the group dialout)", closed, ports)};
  return Finding{"serial ports", true,
                 ports == 0 ? "none connected" : fmt::format("{}, all may be opened", ports)};
}

Finding disk() {
  const std::filesystem::space_info space = std::filesystem::space(std::filesystem::current_path());
  const double gigabytes = static_cast<double>(space.available) / 1e9;
  return Finding{"disk", static_cast<double>(space.available) > kBytesOfANight,
                 fmt::format("{:.1f} GB free here", gigabytes)};
}

Finding wall_clock() {
  timex state{};
  const int synchronised = ::adjtimex(&state);
  return Finding{"clock", true,
                 synchronised == TIME_ERROR
                     ? "not synchronised: dates in logs may be wrong, campaigns are not affected"
                     : "synchronised"};
}

}  // namespace

int doctor(bool json, std::ostream& out) {
  const std::vector<std::function<Finding()>> examinations{versions,     surrogate, shipped_files, pages,
                                                           serial_ports, disk,      wall_clock};
  bool well = true;
  for (const auto& examine : examinations) {
    Finding finding;
    try {
      finding = examine();
    } catch (const std::exception& error) {
      finding = Finding{"examination", false, error.what()};
    }
    well = well && finding.well;
    if (json)
      out << canonical_text(Json{{"what", finding.what}, {"ok", finding.well}, {"detail", finding.detail}})
          << "\n";
    else
      out << fmt::format("{}  {:<14} {}\n", finding.well ? "ok    " : "FAILED", finding.what, finding.detail);
  }
  return well ? 0 : 1;
}

}  // namespace nocturne
