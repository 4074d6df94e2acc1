#include "controller/log/log_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/event_kinds.hpp"
#include "controller/log/log_file.hpp"
#include "controller/log/log_snapshot.hpp"
#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostProblems = 20;

class LogInspection {
 public:
  explicit LogInspection(const fs::path& file) : file_{file}, database_{opened(file)} {}

  LogSoundness result() && {
    attempt("the file", [&] { look_at_file(); });
    attempt("the header", [&] { look_at_header(); });
    attempt("the events", [&] { look_at_numbers(); });
    attempt("the events", [&] { look_at_events(); });
    attempt("the end", [&] { look_at_end(); });
    attempt("the spectra", [&] { look_at_frames(); });
    attempt("the experiments", [&] { look_at_experiments(); });
    attempt("the chain of digests", [&] { look_at_chain(); });
    std::ranges::stable_sort(found_.problems, {}, &LogProblem::seq);
    return std::move(found_);
  }

 private:
  static SQLite::Database opened(const fs::path& file) {
    check_is_file(file);
    return guarded(file, [&] { return open_to_read(file); });
  }

  void report(std::optional<std::int64_t> seq, std::string what) {
    found_.problems.push_back({seq, in_one_line(std::move(what))});
  }

  /// What a damaged file keeps from being looked at is a problem, too.
  template <class Look>
  void attempt(const std::string& what, Look look) {
    try {
      look();
    } catch (const std::exception& error) {
      report(std::nullopt, what + " cannot be read: " + error.what());
    }
  }

  /// One problem for each row of (seq, what).
  void report_rows(const std::string& query) {
    SQLite::Statement rows{database_, query};
    while (rows.executeStep()) report(rows.getColumn(0).getInt64(), rows.getColumn(1).getString());
  }

  void look_at_file() {
    SQLite::Statement rows{database_, "PRAGMA integrity_check"};
    while (rows.executeStep())
      if (const std::string what = rows.getColumn(0).getString(); what != "ok")
        report(std::nullopt, "SQLite: " + what);
  }

  void look_at_header() {
    for (const char* key : {"name", "id", "origin", "recipe_text", "bench_text", "material_text", "seed",
                            "versions", "started", "digest"}) {
      SQLite::Statement find{database_, "SELECT 1 FROM header WHERE key = ?"};
      find.bind(1, key);
      if (!find.executeStep()) report(std::nullopt, std::string{"the header lacks '"} + key + "'");
    }
    read_header(file_, database_);
  }

  void look_at_numbers() {
    found_.events = database_.execAndGet("SELECT count(*) FROM events").getInt64();
    report_rows(
        "SELECT seq, iif(before + 2 = seq, 'event ' || (seq - 1) || ' is missing', "
        "'events ' || (before + 1) || ' to ' || (seq - 1) || ' are missing') FROM "
        "(SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM events) WHERE seq != before + 1");
  }

  void look_at_events() {
    SQLite::Statement rows{database_, "SELECT seq, kind, experiment, body FROM events ORDER BY seq"};
    while (rows.executeStep()) {
      Event event;
      event.seq = rows.getColumn(0).getInt64();
      event.kind = rows.getColumn(1).getString();
      if (!rows.getColumn(2).isNull()) event.experiment = rows.getColumn(2).getInt();
      event.body = rows.getColumn(3).getString();
      look_at_event(event);
    }
  }

  void look_at_end() {
    SQLite::Statement last{database_,
                           "SELECT kind FROM events WHERE kind IN ('campaign_ended', 'resumed') "
                           "ORDER BY seq DESC LIMIT 1"};
    found_.has_end = last.executeStep() && last.getColumn(0).getString() == CampaignEnded::kind;
  }

  void look_at_event(const Event& event) {
    const auto kind = std::ranges::find(event_kinds(), event.kind, &EventKind::name);
    if (kind == event_kinds().end())
      return report(event.seq, "there is no kind of event '" + event.kind + "'");
    try {
      kind->parse(event);
    } catch (const std::exception& error) {
      const std::string what = error.what(), begin = fmt::format("event {} ({}): ", event.seq, event.kind);
      report(event.seq, what.rfind(begin, 0) == 0 ? what.substr(begin.size()) : what);
    }
  }

  /// Spectra without wavelengths are as long as the detector has pixels.
  void look_at_frames() {
    report_rows(
        "SELECT seq, 'its spectra have no event' FROM frames WHERE seq NOT IN (SELECT seq FROM events)");
    report_rows(R"sql(
      WITH detectors AS MATERIALIZED (SELECT seq, 8 * json_array_length(body, '$.wavelength_nm') AS bytes FROM events
                         WHERE kind = 'detector' AND json_valid(body)),
           sized AS (SELECT *, coalesce(8 * pixels, length(counts)) AS own, coalesce(length(wavelength_nm),
                       (SELECT bytes FROM detectors d WHERE d.seq < f.seq ORDER BY d.seq DESC LIMIT 1)) AS wanted
                     FROM frames f)
      SELECT seq, 'its spectrum ' || position || ' has ' || own || ' bytes of counts'
                  || coalesce(' (' || wanted || ' are expected)', '')
      FROM sized WHERE own % 8 != 0 OR own != wanted ORDER BY seq, position)sql");
  }

  void look_at_experiments() {
    report_rows(
        "SELECT max(seq), 'experiment ' || experiment || ' has ' || count(*) || ' outcomes' FROM events "
        "WHERE kind = 'outcome' GROUP BY experiment HAVING count(*) > 1");
    report_rows(
        "SELECT max(seq), 'experiment ' || experiment || ' is decided ' || count(*) || ' times' FROM events "
        "WHERE kind = 'decision' GROUP BY experiment HAVING count(*) > 1");
    report_rows(
        "SELECT seq, 'experiment ' || experiment || ' has an outcome but no decision' FROM events WHERE kind "
        "= "
        "'outcome' AND experiment NOT IN (SELECT experiment FROM events WHERE kind = 'decision' AND "
        "experiment "
        "IS NOT NULL)");
  }

  void look_at_chain() {
    for (const std::int64_t seq : Log::open(file_, Log::Access::read).check().damaged) {
      const std::string what = "is not what was written (its digest differs)";
      if (seq == 0)
        report(std::nullopt, "the header " + what);
      else
        report(seq, what);
    }
  }

  fs::path file_;
  SQLite::Database database_;
  LogSoundness found_;
};

std::string line_of(const LogProblem& problem) {
  return problem.seq ? fmt::format("event {}: {}", *problem.seq, problem.what) : problem.what;
}

OrderedJson json_of(const LogSoundness& result) {
  OrderedJson problems = OrderedJson::array();
  for (const auto& [seq, what] : result.problems) {
    OrderedJson problem = OrderedJson::object();
    if (seq) problem["seq"] = *seq;
    problem["what"] = what;
    problems.push_back(std::move(problem));
  }
  return {{"events", result.events},
          {"sound", result.problems.empty()},
          {"has_end", result.has_end},
          {"problems", problems}};
}

}  // namespace

LogSoundness check_log(const fs::path& file) { return LogInspection{file}.result(); }

int tell_log_check(const fs::path& file, bool json, std::ostream& out) {
  LogSoundness result = check_log(file);
  const std::size_t count = result.problems.size();
  if (json) {
    out << line_of(json_of(result)) << '\n';
    return count == 0 ? 0 : 1;
  }
  for (std::size_t i = 0; i < std::min(count, kMostProblems); ++i) out << line_of(result.problems[i]) << '\n';
  if (count > kMostProblems) out << "and " << count - kMostProblems << " more problems\n";
  if (count == 0) out << "sound: " << result.events << " events, every one as it was written\n";
  if (!result.has_end) out << "no end: the campaign runs, was killed, or the log was cut\n";
  return count == 0 ? 0 : 1;
}

}  // namespace nocturne
