#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nocturne {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// One request, whole, as it came.
struct HttpRequest {
  std::string method, target, body;
  HttpFields fields;
  std::string from;  ///< the address of who asks

  /// The value of a field, whatever the case of its name; the first one if it is repeated.
  std::optional<std::string> field(std::string_view name) const;
  bool repeats(std::string_view name) const;
};

/// What goes back.
struct HttpReply {
  int status = 200;
  std::string media_type;
  std::string body;
  std::string_view lent;  ///< instead of `body`: bytes that outlive every connection
  HttpFields fields;      ///< beside those of every reply

  std::string_view content() const { return lent.empty() ? std::string_view{body} : lent; }
};

/// A request that is refused.
struct HttpProblem : std::runtime_error {
  HttpProblem(int with_status, const std::string& detail, HttpFields with = {})
      : std::runtime_error{detail}, status{with_status}, fields{std::move(with)} {}
  int status;
  HttpFields fields;
};

/// As application/problem+json (RFC 9457): {"title", "status", "detail"}.
HttpReply reply_of(const HttpProblem& problem);

/// Whether who asks is a browser that wants to show what comes.
bool wants_page(const HttpRequest& request);
/// The same problem for such a browser, as a small page; `reply` is of reply_of(HttpProblem).
HttpReply as_page(HttpReply reply);

/// In small letters, as ASCII has them.
std::string in_lower_case(std::string_view text);

/// The parts between commas, without white space around them.
std::vector<std::string> listed(std::string_view value);

}  // namespace nocturne
