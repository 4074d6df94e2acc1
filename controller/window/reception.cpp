#include "controller/window/reception.hpp"

#include <algorithm>

#include "controller/campaign/steering.hpp"
#include "controller/window/request_target.hpp"

namespace nocturne {
namespace {

constexpr std::string_view kApi = "/api/v1";
constexpr std::string_view kActions = "/campaign/";
constexpr double kWrongTokenCost = 20.0;  // of a request: guessing a token is slow

HttpReply passed_on(Answer answer) {
  HttpReply reply;
  reply.status = answer.status;
  reply.media_type = std::move(answer.media_type);
  reply.body = std::move(answer.body);
  reply.fields = {{"Cache-Control", "no-store"}};
  return reply;
}

HttpReply failed(const std::exception& error) { return reply_of(HttpProblem{500, error.what()}); }

/// Throws HttpProblem unless the method is one of `allowed`; OPTIONS is answered with them.
std::optional<HttpReply> check_method(const HttpRequest& request, const std::string& allowed) {
  const HttpFields allow{{"Allow", allowed + ", OPTIONS"}};
  if (request.method == "OPTIONS") {
    HttpReply reply;
    reply.status = 204;
    reply.fields = allow;
    return reply;
  }
  const std::vector<std::string> methods = listed(allowed);
  if (std::ranges::find(methods, request.method) == methods.end())
    throw HttpProblem{405, request.method + " is not allowed here (allowed: " + allowed + ")", allow};
  return std::nullopt;
}

/// The word of "/api/v1/campaign/pause"; nullopt = the path is another.
std::optional<std::string> action_of(const std::string& path) {
  const std::string begin = std::string{kApi} + std::string{kActions};
  if (!path.starts_with(begin)) return std::nullopt;
  const std::string word = path.substr(begin.size());
  if (std::ranges::find(steer_words(), word) == steer_words().end()) return std::nullopt;
  return word;
}

void refuse_other_protocols(const HttpRequest& request) {
  const std::vector<std::string> wanted = listed(in_lower_case(request.field("Upgrade").value_or("")));
  if (std::ranges::find(wanted, "websocket") != wanted.end())
    throw HttpProblem{400, "there is no WebSocket here (news are a stream of events: GET /api/v1/stream)"};
}

void refuse_token_in(const RequestTarget& target) {
  for (const auto& [name, value] : target.parameters)
    if (in_lower_case(name).find("token") != std::string::npos || in_lower_case(name) == "authorization")
      throw HttpProblem{400, "a token is never part of an address (Authorization: Bearer TOKEN)"};
}

}  // namespace

Reception::Decision Reception::receive(const HttpRequest& request, Instant now) {
  try {
    if (!limit_.allows(request.from, now))
      throw HttpProblem{429, "too many requests from this address (wait a second)", {{"Retry-After", "1"}}};
    return decide(request);
  } catch (const HttpProblem& problem) {
    if (problem.status == 401 && request.field("Authorization"))
      limit_.charge(request.from, now, kWrongTokenCost);
    return reply_of(problem);
  } catch (const std::exception& error) {
    return failed(error);
  }
}

Reception::Decision Reception::decide(const HttpRequest& request) {
  access_.check_host(request);
  refuse_other_protocols(request);
  const RequestTarget target = parse_target(request.target);
  refuse_token_in(target);
  if (const auto what = action_of(target.path)) {
    if (const auto options = check_method(request, "POST")) return *options;
    return act(request, *what, target.parameters);
  }
  const bool is_stream = target.path == std::string{kApi} + "/stream";  // it has no end, and so no length
  if (const auto options = check_method(request, is_stream ? "GET" : "GET, HEAD")) return *options;
  if (target.path == kApi || target.path.starts_with(std::string{kApi} + "/")) {
    const std::string path = target.path.substr(kApi.size());
    return decide_question(request, {path.empty() ? "/" : path, target.parameters});
  }
  if (target.path != "/metrics") return shelf_.reply_to(request, target.path);
  access_.check_reading(request);
  return passed_on(Answer{200, "text/plain; version=0.0.4; charset=utf-8", exhibit_.metrics()});
}

Reception::Decision Reception::decide_question(const HttpRequest& request, Question question) {
  access_.check_reading(request);
  if (question.path == "/stream") {
    if (!question.parameters.empty())
      throw HttpProblem{400, "the stream is of the served log as it grows, and takes no parameters"};
    return Viewing{};
  }
  if (exhibit_.is_slow(question)) return question;
  return answer(question);
}

HttpReply Reception::act(const HttpRequest& request, const std::string& what,
                         const Exhibit::Parameters& parameters) const {
  access_.check_acting(request);
  return passed_on(exhibit_.act(what, request.body, parameters));
}

HttpReply Reception::answer(const Question& question) const {
  try {
    return passed_on(exhibit_.answer(question));
  } catch (const std::exception& error) {
    return failed(error);
  }
}

}  // namespace nocturne
