#include "controller/watch/screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

constexpr int kMostAims = 6;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

int width_of(const std::string& text) {
  return static_cast<int>(std::ranges::count_if(text, [](char byte) { return !continues_character(byte); }));
}

/// The first `columns` characters.
std::string cut(const std::string& text, int columns) {
  std::size_t end = 0;
  for (int count = 0; end < text.size(); ++end)
    if (!continues_character(text[end]) && ++count > columns) break;
  return text.substr(0, end);
}

/// Broken at blanks, further lines indented; a word that is too long is broken, too.
std::vector<std::string> wrapped(const std::string& text, int columns, const std::string& indent) {
  std::vector<std::string> lines{""};
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t blank = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, blank - at);
    at = blank + 1;
    const bool is_first = width_of(lines.back()) <= (lines.size() > 1 ? width_of(indent) : 0);
    if (!is_first && width_of(lines.back()) + 1 + width_of(word) > columns)
      lines.push_back(indent);
    else if (!is_first)
      lines.back() += ' ';
    while (width_of(lines.back()) + width_of(word) > columns) {
      const std::string part = cut(word, columns - width_of(lines.back()));
      lines.back() += part;
      word.erase(0, part.size());
      lines.push_back(indent);
    }
    lines.back() += word;
  }
  return lines;
}

std::string between(const std::string& left, const std::string& right, int columns) {
  const int room = std::max(columns - width_of(right) - 1, 0);
  const std::string begin = cut(left, room);
  return begin +
         std::string(static_cast<std::size_t>(std::max(columns - width_of(begin) - width_of(right), 1)),
                     ' ') +
         right;
}

std::string line_of(const NightFacts::Aim& aim) {
  std::string text = fmt::format("{:g} ± {:g} nm  ", aim.target.value, aim.target.tolerance);
  if (aim.reached_at)
    text += fmt::format("reached by experiment {}", *aim.reached_at);
  else
    text += aim.given_up ? "given up" : "open";
  if (aim.nearest_nm)
    text += fmt::format("; nearest {} nm, experiment {}", text_of(*aim.nearest_nm), *aim.nearest);
  return text;
}

std::string readings_in_words(const NightFacts& facts) {
  std::vector<std::string> parts;
  for (const auto& [name, celsius] : facts.temperature_C) {
    std::string text = fmt::format("{} {:.1f} °C", name, celsius);
    if (facts.experiment && facts.target_C) text += fmt::format(" (to {:.1f})", *facts.target_C);
    const auto heating = facts.heating.find(name);
    if (heating != facts.heating.end()) text += fmt::format(", heating {:.0f} %", 100.0 * heating->second);
    parts.push_back(std::move(text));
  }
  for (const auto& [name, bar] : facts.pressure_bar) parts.push_back(fmt::format("{} {:.2f} bar", name, bar));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string feeds_in_words(const NightFacts& facts) {
  std::vector<std::string> parts;
  for (const auto& [stock, feed] : facts.feeds)
    parts.push_back(fmt::format("{} {:.1f} of {:.0f} mL left, {:.0f} µL/min", stock, feed.left_mL,
                                feed.syringe_mL, feed.flow_uL_min));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string alarm_in_words(const NightFacts& facts) {
  const std::string what = fmt::format("at {}: {}", clock_text(facts.alarm->time), facts.alarm->what);
  return facts.alarm->seen ? fmt::format("alarm {} (acknowledged by {})", what, facts.alarm->seen->who)
                           : "ALARM " + what;
}

/// "1 h 10 min", "12 min"
std::string minutes_in_words(double time_s) {
  const auto minutes = static_cast<int>(std::ceil(time_s / 60.0));
  return minutes < 60 ? fmt::format("{} min", minutes)
                      : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string progress_in_words(const NightFacts& facts) {
  if (facts.imported) return counted_as(facts.finished, "experiment");
  std::string text = fmt::format("{} of {}, {} failed", facts.finished,
                                 counted_as(facts.budget, "experiment"), facts.failed);
  if (const auto left_s = expected_left_s(facts, facts.now))
    text += "; at most about " + minutes_in_words(*left_s) + " left";
  return text;
}

class ScreenLines {
 public:
  explicit ScreenLines(int columns) : columns_{columns} {}
  void add(const std::string& text, const std::string& indent = "") {
    for (std::string& line : wrapped(text, columns_, indent)) lines_.push_back(std::move(line));
  }
  void rule() { lines_.push_back(std::string(static_cast<std::size_t>(columns_), '-')); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  int columns_;
  std::vector<std::string> lines_;
};

std::vector<std::string> head_of(const NightFacts& facts, const Verdict& verdict, int columns,
                                 const std::string& note) {
  ScreenLines lines{columns};
  lines.add(facts.imported ? facts.name
                           : between(facts.name, facts.state + "  " + clock_text(facts.now), columns));
  lines.add(heading_of(verdict) + ": " + verdict.text, "    ");
  if (facts.alarm) lines.add(alarm_in_words(facts), "    ");
  if (!note.empty()) lines.add(note);
  lines.rule();
  int shown = 0;
  for (const NightFacts::Aim& aim : facts.aims) {
    if (++shown > kMostAims) break;
    lines.add(line_of(aim), "    ");
  }
  const int more = static_cast<int>(std::ssize(facts.aims)) - kMostAims;
  if (more > 0) {
    const auto reached =
        std::ranges::count_if(facts.aims, [](const auto& aim) { return aim.reached_at.has_value(); });
    lines.add(fmt::format("and {} more; {} of {} reached", more, reached, facts.aims.size()));
  }
  lines.add(progress_in_words(facts));
  if (facts.experiment)
    lines.add(fmt::format("experiment {}: {}", *facts.experiment, text_of(facts.conditions)), "    ");
  if (!facts.step.empty()) lines.add("now: " + facts.step);
  lines.rule();
  if (!facts.temperature_C.empty()) lines.add(readings_in_words(facts), "    ");
  if (!facts.feeds.empty()) lines.add(feeds_in_words(facts), "    ");
  lines.rule();
  return lines.take();
}

}  // namespace

std::vector<std::string> screen_of(const NightFacts& facts, const Verdict& verdict, ScreenSize size,
                                   const std::string& note) {
  std::vector<std::string> screen = head_of(facts, verdict, size.columns, note);
  const auto rows = static_cast<std::size_t>(size.rows);
  std::vector<std::string> tail;  // the last line first
  for (auto sentence = facts.sentences.rbegin(); sentence != facts.sentences.rend(); ++sentence) {
    const auto lines =
        wrapped(clock_text(sentence->first) + "  " + sentence->second, size.columns, "          ");
    if (screen.size() + tail.size() + lines.size() > rows) break;
    tail.insert(tail.end(), lines.rbegin(), lines.rend());
  }
  screen.insert(screen.end(), tail.rbegin(), tail.rend());
  screen.resize(rows);
  return screen;
}

}  // namespace nocturne
