#include "controller/window/site.hpp"

#include "controller/campaign/steering.hpp"
#include "controller/output_lines.hpp"
#include "controller/window/action.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/logs_document.hpp"
#include "controller/window/model_documents.hpp"
#include "controller/window/news_desk.hpp"
#include "controller/window/night_shelf.hpp"
#include "controller/window/openapi_document.hpp"
#include "controller/window/problem.hpp"

namespace nocturne {
namespace {

constexpr double kLongestNight_s = 1e9;

std::vector<std::filesystem::path> all_files(const Site::Source& source) {
  std::vector<std::filesystem::path> files{source.log};
  files.insert(files.end(), source.others.begin(), source.others.end());
  return files;
}

std::optional<Instant> asked_time(Parameters& asked) {
  const auto at_s = asked.number("at_s", 0.0, kLongestNight_s);
  return at_s ? std::optional{Instant{seconds(*at_s)}} : std::nullopt;
}

Answer answer_with(const OrderedJson& document) { return {200, "application/json", line_of(document)}; }

/// Whatever goes wrong becomes a problem document.
template <class Work>
Answer answer_or_problem(Work work) {
  try {
    return work();
  } catch (const Problem& problem) {
    return answer_of(problem);
  } catch (const std::exception& error) {
    return answer_of(unreadable(error.what()));
  }
}

}  // namespace

Answer answer_of(const Problem& problem) {
  return {problem.status, "application/problem+json",
          line_of({{"title", problem.title}, {"status", problem.status}, {"detail", problem.what()}})};
}

struct Site::State {
  explicit State(const Source& source)
      : build{source.build},
        shelf{all_files(source)},
        served{shelf.listed().front().id, shelf.listed().front().file},
        desk{served} {}

  Answer answer(const Question& question);
  Answer answer_from(SharedNight& shared, const std::string& path, Parameters& asked);
  Answer answer_by_model(SharedNight& shared, const std::string& path, Parameters& asked);
  Answer act(const std::string& what, const std::string& body,
             const std::map<std::string, std::string>& parameters);

  const std::string build;
  NightShelf shelf;
  SharedNight served;
  NewsDesk desk;
  ModelDesk models;
  LogList logs;
};

Site::Site(Source source) : state_{std::make_unique<State>(source)} {}
Site::~Site() = default;

Answer Site::State::answer_from(SharedNight& shared, const std::string& path, Parameters& asked) {
  const std::optional<Instant> time = asked_time(asked);
  const std::lock_guard lock{shared.mutex};
  shared.refresh();
  const Moment moment = shared.night().at(time);
  const auto answer = [&](const OrderedJson& document) {
    asked.check_all_known();
    return answer_with(document);
  };
  if (path == "/journal") return answer(journal_document(moment, asked));
  if (path == "/campaign") return answer(campaign_document(moment, shared.id(), shared.life()));
  if (path == "/experiments") return answer(experiments_document(moment));
  if (path == "/bench") return answer(bench_document(moment));
  if (path == "/trend") return answer(trend_document(moment, asked));
  if (path == "/spectra") return answer(spectra_document(moment));
  if (path.starts_with("/spectra/")) return answer(spectrum_document(moment, path.substr(9)));
  if (path != "/experiments.csv") throw not_found("nothing is at " + path);
  asked.check_all_known();
  return {200, "text/csv; charset=utf-8", experiments_csv(moment)};
}

/// The night is locked only while it is looked at, not while the model is asked.
Answer Site::State::answer_by_model(SharedNight& shared, const std::string& path, Parameters& asked) {
  const std::optional<Instant> time = asked_time(asked);
  Subject subject{shared.id(), shared.file(), 0, 0};
  MapMarks marks;
  {
    const std::lock_guard lock{shared.mutex};
    shared.refresh();
    const Moment moment = shared.night().at(time);
    subject.replaced = shared.replaced();
    subject.last_lesson = shared.night().last_lesson(moment.last);
    if (path == "/map") marks = marks_of(moment);
  }
  try {
    return answer_with(path == "/map" ? map_document(subject, marks, models, asked)
                                      : design_document(subject, models, asked));
  } catch (const std::invalid_argument& error) {
    throw bad_question(error.what());
  } catch (const LogError&) {
    throw;
  } catch (const FileError& error) {  // what the log does not hold
    throw not_now(error.what());
  }
}

Answer Site::State::answer(const Question& question) {
  Parameters asked{question.parameters};
  if (question.path == "/openapi.json" || question.path == "/logs") {
    asked.check_all_known();
    return answer_with(question.path == "/logs" ? logs.document(shelf.listed()) : openapi_document());
  }
  if (question.path == "/") {
    asked.check_all_known();
    const std::lock_guard lock{served.mutex};
    served.refresh();
    return answer_with({{"program", NOCTURNE_VERSION}, {"build", build}, {"replay", !served.life().is_live}});
  }
  const std::string id = asked.text("log").value_or(served.id());
  const std::shared_ptr<SharedNight> other = id == served.id() ? nullptr : shelf.night(id);
  SharedNight& night = other ? *other : served;
  const bool needs_model = question.path == "/map" || question.path == "/design";
  return needs_model ? answer_by_model(night, question.path, asked)
                     : answer_from(night, question.path, asked);
}

Answer Site::State::act(const std::string& what, const std::string& body,
                        const std::map<std::string, std::string>& parameters) {
  Parameters asked{parameters};
  if (asked.text("at_s")) throw not_now("this is a replay: what is over cannot be steered");
  if (asked.text("log").value_or(served.id()) != served.id())
    throw not_now("this is a replay: only the served campaign can be steered");
  asked.check_all_known();
  const SteerRequest request = request_of(what, body, served.file());
  const std::lock_guard lock{served.mutex};
  served.refresh();
  const NightFacts facts = served.night().at(std::nullopt).facts;
  if (facts.ended) throw not_now("the campaign has ended");
  if (!served.life().is_live) throw not_now("no process runs this campaign (nocturne resume continues it)");
  if (what == "acknowledge" && (!facts.alarm || facts.alarm->seen))
    throw not_now("there is no alarm that nobody has seen");
  SteerBox{served.file()}.post(request);
  return {202, "application/json", line_of({{"posted", true}})};
}

Answer Site::answer(const Question& question) {
  return answer_or_problem([&] { return state_->answer(question); });
}

bool Site::is_slow(const Question& question) {
  return question.path == "/map" || question.path == "/design" || question.path == "/logs" ||
         question.parameters.contains("log");
}

std::vector<News> Site::news() { return state_->desk.news(NewsDesk::Clock::now()); }

Answer Site::act(const std::string& what, const std::string& body_json,
                 const std::map<std::string, std::string>& parameters) {
  return answer_or_problem([&] { return state_->act(what, body_json, parameters); });
}

std::string Site::metrics() {
  try {
    const std::lock_guard lock{state_->served.mutex};
    state_->served.refresh();
    return metrics_document(state_->served.night().at(std::nullopt), state_->served.life());
  } catch (const std::exception&) {
    return metrics_without_log();
  }
}

}  // namespace nocturne
