#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "controller/knowledge/logged_model.hpp"
#include "controller/window/parameters.hpp"
#include "controller/window/shared_night.hpp"

namespace nocturne {

/// What a slow question is about: taken from the night while it is locked, so that it is answered without.
struct Subject {
  std::string id;  ///< of the log
  std::filesystem::path file;
  int replaced = 0;              ///< see SharedNight
  std::int64_t last_lesson = 0;  ///< number of the last event that the model is told of
};

/// Answers that need a model. Restoring one takes seconds: one thread computes at a time, and the last models
/// and answers are kept. Thread-safe.
class ModelDesk {
 public:
  /// Makes an answer of `question` about `subject` from the model, or remembers it. Throws Problem, LogError.
  OrderedJson answer(const Subject& subject, const std::string& question, const std::optional<Target>& wish,
                     const std::function<OrderedJson(const LoggedModel&, const CampaignRecord&)>& make);

 private:
  struct Known {
    CampaignRecord record;
    LoggedModel model;
  };
  const Known& known(const Subject& subject, const std::string& name, const std::optional<Target>& wish);

  std::mutex mutex_;
  std::list<std::pair<std::string, std::unique_ptr<Known>>> models_;  ///< used last first
  std::list<std::pair<std::string, OrderedJson>> answers_;            ///< likewise
};

}  // namespace nocturne
