#include "controller/window/access.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "controller/window/token.hpp"

namespace nocturne {
namespace {

/// "localhost" of "localhost:8350", "::1" of "[::1]:8350"; empty = it is no host.
std::string host_of(const std::string& authority) {
  const bool has_brackets = authority.starts_with('[');
  const std::size_t end =
      has_brackets ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (end == std::string::npos) return {};
  const std::string port = authority.substr(end + (has_brackets ? 1 : 0));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!port.empty() && (port.front() != ':' || !std::all_of(port.begin() + 1, port.end(), is_digit)))
    return {};
  return authority.substr(has_brackets ? 1 : 0, end - (has_brackets ? 1 : 0));
}

}  // namespace

bool Access::is_own_name(const std::string& name) const {
  boost::system::error_code is_no_address;
  boost::asio::ip::make_address(name, is_no_address);
  if (!is_no_address) return true;  // nobody can turn an address elsewhere
  const std::string wanted = in_lower_case(name);
  return wanted == "localhost" || std::ranges::any_of(rules_.names, [&](const std::string& own) {
           return in_lower_case(own) == wanted;
         });
}

void Access::check_host(const HttpRequest& request) const {
  for (const char* name : {"Host", "Origin", "Authorization", "Content-Type"})
    if (request.repeats(name)) throw HttpProblem{400, std::string{name} + " is given once"};
  const auto host = request.field("Host");
  if (!host) throw HttpProblem{400, "Host is missing"};
  if (!is_own_name(host_of(*host)))
    throw HttpProblem{421, "this server is not called '" + *host + "' (use its address or localhost)"};
}

void Access::check_origin(const HttpRequest& request) const {
  if (const auto site = request.field("Sec-Fetch-Site"); site && *site != "same-origin" && *site != "none")
    throw HttpProblem{403, "a page of another site asks for this"};
  const auto origin = request.field("Origin");
  if (!origin) return;
  const std::string host = request.field("Host").value_or("");
  if (*origin != "http://" + host && *origin != "https://" + host)
    throw HttpProblem{403, "a page of '" + *origin + "' asks for this, which is not this server"};
}

void Access::check_token(const HttpRequest& request) const {
  const HttpFields how{{"WWW-Authenticate", "Bearer realm=\"nocturne\""}};
  const auto field = request.field("Authorization");
  if (!field) throw HttpProblem{401, "the token is missing (Authorization: Bearer TOKEN)", how};
  constexpr std::string_view scheme = "bearer ";
  if (in_lower_case(field->substr(0, scheme.size())) != scheme)
    throw HttpProblem{401, "the token comes as 'Authorization: Bearer TOKEN'", how};
  if (!same_token(field->substr(scheme.size()), rules_.token))
    throw HttpProblem{401, "the token is wrong", how};
}

void Access::check_reading(const HttpRequest& request) const {
  check_origin(request);
  if (!rules_.reading_is_free) check_token(request);
}

void Access::check_acting(const HttpRequest& request) const {
  check_origin(request);
  check_token(request);
  const std::string type = in_lower_case(request.field("Content-Type").value_or(""));
  if (type != "application/json" && !type.starts_with("application/json;"))
    throw HttpProblem{415, "what is asked comes as Content-Type: application/json"};
}

const HttpFields& security_fields() {
  static const HttpFields fields{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
       "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
       "'none'"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"}};
  return fields;
}

}  // namespace nocturne
