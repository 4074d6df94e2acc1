#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The pump's side of the "Pump Chain" language of Harvard and KD Scientific: requests, numbers, units.
namespace nocturne::virtual_pump_chain {

struct Request {
  std::optional<int> address;
  std::string line;     ///< as it came, without control characters
  std::string command;  ///< lower case; empty: only the prompt is asked for
  std::vector<std::string> arguments;
  bool too_long = false;
};

/// Cuts the bytes on the line into requests: a CR ends one, other control characters do not count.
class Receiver {
 public:
  static constexpr std::size_t longest = 128;
  std::optional<Request> push(char byte);

 private:
  std::string line_;
};

/// "[address][:][@]command arguments"; the @ may also come first.
Request parsed(std::string line);

/// True if `word` is `command` or was cut to its first four letters or more.
bool names(std::string_view word, std::string_view command);
std::string lower_case(std::string text);

/// Why a request was not obeyed, as the two lines that say so.
struct Refusal {
  std::string complaint, message;
};
Refusal bad_command(std::string message);
Refusal bad_argument(const std::string& argument, std::string message);

/// A plain decimal number, not negative. Throws Refusal.
double number(const std::string& text);
/// Throws Refusal unless it is a number from `low` to `high`.
double number(const std::string& text, double low, double high);
/// The same for a whole number.
int integer(const std::string& text, int low, int high);

struct Rate {
  double flow = 0.0;  ///< m³/s
  char per = 'm';     ///< the time it is shown in: s, m or h
};
/// "5" "ml/min", "3.2" "u/m". Throws Refusal.
Rate rate(const std::string& value, const std::string& unit);
/// "8.6284" "ml", in m³. Throws Refusal.
double volume(const std::string& value, const std::string& unit);
/// "30", or hours, minutes and seconds with colons, in s. Throws Refusal.
double duration(const std::string& text);

/// Six significant digits.
std::string general(double value);
/// "1.69023 ul", in the largest unit that leaves one digit before the point.
std::string printed_volume(double cubic_meters);
/// "199.49 ul/min".
std::string printed(const Rate& rate);
/// "30 seconds" below a minute, "00:03:00" above.
std::string printed_duration(double seconds);

}  // namespace nocturne::virtual_pump_chain
