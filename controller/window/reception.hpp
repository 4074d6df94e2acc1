#pragma once

#include <functional>
#include <variant>

#include "controller/window/access.hpp"
#include "controller/window/rate_limit.hpp"
#include "controller/window/shelf.hpp"
#include "controller/window/site.hpp"

namespace nocturne {

/// What the window shows, as Site has it.
struct Exhibit {
  std::function<Answer(const Question&)> answer;  ///< also called on the worker thread
  std::function<bool(const Question&)> is_slow;
  std::function<std::vector<News>()> news;
  using Parameters = std::map<std::string, std::string>;
  std::function<Answer(const std::string& what, const std::string& body_json, const Parameters&)> act;
  std::function<std::string()> metrics;
};

/// Decides what every request gets.
class Reception {
 public:
  Reception(Exhibit exhibit, Access access, RateLimit limit, Shelf shelf)
      : exhibit_{std::move(exhibit)},
        access_{std::move(access)},
        limit_{std::move(limit)},
        shelf_{std::move(shelf)} {}

  struct Viewing {};  ///< the stream of news
  /// A reply at once, a question whose answer takes long, or the stream.
  using Decision = std::variant<HttpReply, Question, Viewing>;
  Decision receive(const HttpRequest& request, Instant now);

  /// Thread-safe. A failure is a problem like any other.
  HttpReply answer(const Question& question) const;
  std::vector<News> news() const { return exhibit_.news(); }

 private:
  Decision decide(const HttpRequest& request);
  Decision decide_question(const HttpRequest& request, Question question);
  HttpReply act(const HttpRequest& request, const std::string& what,
                const Exhibit::Parameters& parameters) const;

  const Exhibit exhibit_;
  const Access access_;
  RateLimit limit_;
  const Shelf shelf_;
};

}  // namespace nocturne
