#pragma once

#include <stdexcept>
#include <string>

#include "controller/window/site.hpp"

namespace nocturne {

/// Why a question has no answer; what() is a sentence for people.
struct Problem : std::runtime_error {
  Problem(int http_status, std::string short_title, const std::string& detail)
      : std::runtime_error{detail}, status{http_status}, title{std::move(short_title)} {}
  int status;
  std::string title;
};

inline Problem bad_question(const std::string& detail) { return {400, "The question is wrong", detail}; }
inline Problem not_found(const std::string& detail) { return {404, "There is no such thing", detail}; }
inline Problem not_now(const std::string& detail) { return {409, "Not now", detail}; }
inline Problem unreadable(const std::string& detail) { return {500, "The log cannot be read", detail}; }

/// The problem document.
Answer answer_of(const Problem& problem);

}  // namespace nocturne
