#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nocturne {

/// What a browser asks: a GET below /api/v1, decoded.
struct Question {
  std::string path;  ///< "/campaign"
  std::map<std::string, std::string> parameters;
};

struct Answer {
  int status = 200;
  std::string media_type = "application/json";
  std::string body;
};

/// Something new in a night that runs, for everyone who looks on.
struct News {
  std::string
      name;  ///< "campaign", "sentence", "experiment", "spectrum" or "unreadable" (a problem document)
  std::string json;
};

/// The API of the window behind its HTTP: answers from logs alone, and posts to the box of requests. It
/// shares nothing with the campaign that writes the log, so that reading never slows it. Thread-safe.
class Site {
 public:
  struct Source {
    std::filesystem::path log;                  ///< that is served
    std::vector<std::filesystem::path> others;  ///< that may be asked for besides, by their ids
    std::string build = {};                     ///< of the pages, told to those who ask for "/"
  };
  /// Throws LogError, FileError if the served log cannot be read.
  explicit Site(Source source);
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// Never throws: every failure is a problem document, application/problem+json {"title", "status",
  /// "detail"}.
  Answer answer(const Question& question);
  /// Whether an answer may take seconds (a model is restored, another log is read), so that it belongs on a
  /// thread of its own.
  static bool is_slow(const Question& question);
  /// What has happened since the last call, or since this was made; to be asked every 100 ms by one thread.
  /// Of several spectra only the newest is told. Throws what says why the log cannot be read.
  std::vector<News> news();
  /// Posts to the campaign: `what` is a word of steer_words(), `body_json` {"why"}, and where they apply
  /// {"who", "experiments", "peak_nm"}. Status 202, or why not: 400 for what cannot be understood, 404 for an
  /// unknown word, 409 where nobody runs the log, it has ended, or `parameters` ask for a replay ("at_s", or
  /// another "log"). Never throws.
  Answer act(const std::string& what, const std::string& body_json,
             const std::map<std::string, std::string>& parameters = {});
  /// Prometheus text.
  std::string metrics();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne
