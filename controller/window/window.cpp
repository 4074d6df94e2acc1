#include "controller/window/window.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>

#include "controller/log/log.hpp"
#include "controller/window/token.hpp"

namespace nocturne {
namespace {

constexpr int kNice = 5;  // the campaign's thread comes first

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

HttpFields fields_of_every_reply() {
  HttpFields fields = security_fields();
  fields.emplace_back("X-Nocturne-Build", build_digest());
  return fields;
}

/// `publisher` may be null.
Exhibit exhibit_of(Site& site, MqttPublisher* publisher) {
  return {.answer = [&site](const Question& question) { return site.answer(question); },
          .is_slow = &Site::is_slow,
          .news =
              [&site, publisher] {
                std::vector<News> news = site.news();
                if (publisher) publisher->publish(news);
                return news;
              },
          .act = [&site](const std::string& what, const std::string& body,
                         const Exhibit::Parameters& parameters) { return site.act(what, body, parameters); },
          .metrics = [&site] { return site.metrics(); }};
}

}  // namespace

Window::Window(const WindowSettings& settings)
    : settings_{settings},
      token_{settings.token_file.empty() ? random_token() : read_token(settings.token_file)},
      server_{settings.address, WindowLimits{}, fields_of_every_reply()} {
  if (settings.mqtt) check_mqtt_is_built_in();
}

std::string Window::url() const {
  const asio::ip::address address = server_.address();
  std::string host = address.is_unspecified() ? host_name() : address.to_string();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("http://{}:{}/", host, server_.port());
}

std::vector<std::string> Window::invitation() const {
  const char* const for_what = server_.address().is_loopback() ? "to act" : "to look and to act";
  return {"window: " + url(),
          settings_.token_file.empty()
              ? fmt::format("token {}: {}", for_what, token_)
              : fmt::format("token {}: the first line of {}", for_what, settings_.token_file.string())};
}

AccessRules Window::rules() const {
  const std::string name = host_name();
  const std::string first = name.substr(0, name.find('.'));
  return {token_, server_.address().is_loopback(), {settings_.address.host, name, first, first + ".local"}};
}

std::unique_ptr<MqttPublisher> Window::publisher_of(const std::filesystem::path& log,
                                                    const TellPeople& tell) {
  if (!settings_.mqtt) return nullptr;
  return std::make_unique<MqttPublisher>(clock(), settings_.mqtt->host, settings_.mqtt->port,
                                         Log::open(log, Log::Access::read).header().id, tell);
}

void Window::show(Site& site, const std::filesystem::path& log, Task<void> until, const TellPeople& tell) {
  const std::unique_ptr<MqttPublisher> publisher = publisher_of(log, tell);
  const WindowLimits limits;
  Reception reception{exhibit_of(site, publisher.get()), Access{rules()},
                      RateLimit{limits.requests_at_once, limits.requests_per_s}, Shelf{assets()}};
  server_.run(reception, std::move(until), tell);
}

WindowBeside::WindowBeside(const WindowSettings& settings, TellPeople tell)
    : tell_{std::move(tell)}, window_{settings} {}

WindowBeside::~WindowBeside() {
  asio::post(window_.clock().io(), [this] {
    closing_ = true;
    closed_.notify_all();
  });
  if (thread_.joinable()) thread_.join();
}

void WindowBeside::open(const std::filesystem::path& log) noexcept {
  try {
    thread_ = std::thread{[this, log] { show(log); }};
  } catch (const std::exception& error) {
    tell_(std::string{"the window stays closed: "} + error.what());
  }
}

Task<void> WindowBeside::until_closed() {
  while (!closing_) co_await closed_.wait();
}

void WindowBeside::show(const std::filesystem::path& log) noexcept {
  try {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
    Site site{{log, {}, build_digest()}};
    window_.show(site, log, until_closed(), tell_);
  } catch (const std::exception& error) {
    tell_(std::string{"the window is closed: "} + error.what());
  }
}

}  // namespace nocturne
