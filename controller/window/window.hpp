#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "controller/window/http_server.hpp"
#include "controller/window/mqtt_publisher.hpp"
#include "controller/window/site.hpp"

namespace nocturne {

struct WindowSettings {
  ListenAddress address;
  std::filesystem::path token_file;   ///< empty = a random token
  std::optional<ListenAddress> mqtt;  ///< a broker that is told the news
};

using TellPeople = std::function<void(const std::string&)>;

/// The pages and the API of one log, for browsers.
class Window {
 public:
  /// Listens at once. Throws std::invalid_argument if the address cannot be had, or if there is no MQTT in
  /// this program and it is asked for; FileError for the token.
  explicit Window(const WindowSettings& settings);

  /// "http://127.0.0.1:8350/"
  std::string url() const;
  /// How to get in, a line each.
  std::vector<std::string> invitation() const;

  Clock& clock() { return server_.clock(); }
  /// Serves until `until` ends. `log` is what the site tells of.
  void show(Site& site, const std::filesystem::path& log, Task<void> until, const TellPeople& tell);

 private:
  AccessRules rules() const;
  std::unique_ptr<MqttPublisher> publisher_of(const std::filesystem::path& log, const TellPeople& tell);

  const WindowSettings settings_;
  const std::string token_;
  HttpServer server_;
};

/// The window of a campaign that runs in this process: a thread and a loop of its own. Whatever goes wrong
/// with it is told, and ends nothing but itself.
class WindowBeside {
 public:
  /// Throws like Window.
  WindowBeside(const WindowSettings& settings, TellPeople tell);
  ~WindowBeside();
  WindowBeside(const WindowBeside&) = delete;
  WindowBeside& operator=(const WindowBeside&) = delete;

  const Window& window() const { return window_; }
  /// Begins to show a log, which must exist. To be called once.
  void open(const std::filesystem::path& log) noexcept;

 private:
  void show(const std::filesystem::path& log) noexcept;
  Task<void> until_closed();

  const TellPeople tell_;
  Window window_;
  bool closing_ = false;  ///< of the window's thread
  Signal closed_{window_.clock().io()};
  std::thread thread_;
};

}  // namespace nocturne
