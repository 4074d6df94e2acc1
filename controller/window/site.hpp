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
  std::string name;  ///< of the event
  std::string json;
};

/// All that the window tells about a log.
class Site {
 public:
  struct Source {
    std::filesystem::path log;                  ///< that is served
    std::vector<std::filesystem::path> others;  ///< for Replay
    std::string build = {};                     ///< of the pages
  };
  /// Throws LogError.
  explicit Site(Source source);
  ~Site();

  /// Thread-safe: the slow ones run on a worker thread. Every failure is a problem document.
  Answer answer(const Question& question);
  /// Seconds of computing.
  static bool is_slow(const Question& question);
  /// What has happened since the last call.
  std::vector<News> news();
  /// Posts to the campaign: 202, or why not.
  Answer act(const std::string& what, const std::string& body_json,
             const std::map<std::string, std::string>& parameters = {});
  /// In the text format of Prometheus.
  std::string metrics();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne
