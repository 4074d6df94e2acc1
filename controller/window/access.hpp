#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/window/http_message.hpp"

namespace nocturne {

/// Who may look, and who may act.
struct AccessRules {
  std::string token;
  bool reading_is_free = true;     ///< on a loopback address: everyone on this machine may look
  std::vector<std::string> names;  ///< of this machine, beside its addresses and "localhost"
};

/// Judges requests. What is not allowed is thrown as HttpProblem.
class Access {
 public:
  explicit Access(AccessRules rules) : rules_{std::move(rules)} {}

  /// Any request: it calls this server by a name of its own. A page of another site whose name was turned
  /// to this machine (DNS rebinding) is refused here.
  void check_host(const HttpRequest& request) const;
  /// What tells something of the night.
  void check_reading(const HttpRequest& request) const;
  /// What acts on it: always with the token, from a page of this server or from no page, as JSON.
  void check_acting(const HttpRequest& request) const;

 private:
  bool is_own_name(const std::string& name) const;
  void check_origin(const HttpRequest& request) const;
  void check_token(const HttpRequest& request) const;

  const AccessRules rules_;
};

/// What every reply carries, so that browsers load nothing from elsewhere and show the pages in no frame.
const HttpFields& security_fields();

}  // namespace nocturne
