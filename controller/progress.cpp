#include "controller/progress.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>

namespace nocturne {

Progress::Progress(Style style) : style_{style} {
  if (style == Style::silent)
    logger_ = std::make_shared<spdlog::logger>("nocturne", std::make_shared<spdlog::sinks::null_sink_st>());
  else
    logger_ = std::make_shared<spdlog::logger>("nocturne", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger_->set_pattern("%v");
}

Progress::~Progress() {
  if (line_open_) std::fputs("\r\033[K", stderr);
}

std::string Progress::stamp() const {
  if (!now_) return {};
  const int minutes = static_cast<int>(in_seconds(now_()) / 60.0);
  return fmt::format("{:02}:{:02}  ", minutes / 60, minutes % 60);
}

void Progress::step(const std::string& text) {
  if (style_ != Style::live) return;
  fmt::print(stderr, "\r\033[K{}{}", stamp(), text);
  std::fflush(stderr);
  line_open_ = true;
}

void Progress::report(const std::string& text) {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
  logger_->info("{}{}", stamp(), text);
}

}  // namespace nocturne
