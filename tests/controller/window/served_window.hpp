#pragma once

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <ctime>
#include <future>
#include <mutex>
#include <thread>

#include "controller/window/http_server.hpp"
#include "loopback_client.hpp"

namespace nocturne::test {

constexpr const char* kToken = "a-token-of-sufficient-length";

/// What the window shows in these tests: answers that tell what was asked, and news and acts on request.
class StandIn {
 public:
  Exhibit exhibit() {
    return {.answer = [this](const Question& question) { return answer(question); },
            .is_slow = [](const Question& question) { return question.path == "/map"; },
            .news = [this] { return take_news(); },
            .act = [this](const std::string& what, const std::string& body,
                          const Exhibit::Parameters& parameters) { return act(what, body, parameters); },
            .metrics = [] { return std::string{"nocturne_up 1\n"}; }};
  }

  void publish(std::string name, std::string json) {
    const std::lock_guard lock{mutex_};
    news_.push_back({std::move(name), std::move(json)});
  }
  void break_news() {
    const std::lock_guard lock{mutex_};
    news_broken_ = true;
  }
  /// The slow question is answered from now on.
  void let_slow_go() {
    {
      const std::lock_guard lock{mutex_};
      slow_may_go_ = true;
    }
    changed_.notify_all();
  }
  void wait_until_slow_is_asked() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return slow_asked_; });
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock{mutex_};
    return asked_;
  }
  std::vector<std::string> acts() {
    const std::lock_guard lock{mutex_};
    return acts_;
  }

 private:
  Answer answer(const Question& question) {
    std::unique_lock lock{mutex_};
    std::string text = question.path;
    for (const auto& [name, value] : question.parameters) text += " " + name + "=" + value;
    asked_.push_back(text);
    if (question.path == "/map") {
      slow_asked_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return slow_may_go_; });
    }
    if (question.path == "/broken") throw std::runtime_error{"a bug"};
    if (question.path == "/large") return {200, "application/json", std::string(3'000'000, 'x')};
    return {200, "application/json", "{\"asked\":\"" + text + "\"}"};
  }
  Answer act(const std::string& what, const std::string& body, const Exhibit::Parameters& parameters) {
    const std::lock_guard lock{mutex_};
    acts_.push_back(what + " " + body);
    for (const auto& [name, value] : parameters) acts_.back() += " " + name + "=" + value;
    return {202, "application/json", "{\"posted\":true}"};
  }
  std::vector<News> take_news() {
    const std::lock_guard lock{mutex_};
    if (std::exchange(news_broken_, false)) throw std::runtime_error{"the log is gone"};
    return std::exchange(news_, {});
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<News> news_;
  std::vector<std::string> asked_, acts_;
  bool news_broken_ = false, slow_asked_ = false, slow_may_go_ = false;
};

/// Limits that a test does not meet by accident.
inline WindowLimits wide_limits() {
  WindowLimits limits;
  limits.requests_at_once = 1e9;
  limits.idle = limits.request = limits.reply = std::chrono::minutes{5};
  return limits;
}

/// A server on a free port of this machine, in a thread of its own.
class ServedWindow {
 public:
  explicit ServedWindow(const WindowLimits& limits = wide_limits(), bool reading_is_free = true)
      : server_{{"127.0.0.1", 0}, limits, security_fields()},
        reception_{stand_in.exhibit(), Access{{kToken, reading_is_free, {"lab-pc"}}},
                   RateLimit{limits.requests_at_once, limits.requests_per_s}, Shelf{kAssets}},
        thread_{
            [this] { server_.run(reception_, until_closed(), [this](const auto& line) { tell(line); }); }} {}
  ~ServedWindow() {
    stand_in.let_slow_go();
    on_its_thread([this] {
      closing_ = true;
      closed_.notify_all();
    });
    thread_.join();
  }
  ServedWindow(const ServedWindow&) = delete;
  ServedWindow& operator=(const ServedWindow&) = delete;

  int port() const { return server_.port(); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port()); }
  HttpServer::Counts counts() {
    HttpServer::Counts counts;
    on_its_thread([&] { counts = server_.counts(); });
    return counts;
  }
  /// Of the server's thread, on a processor.
  double cpu_seconds() {
    timespec used{};
    on_its_thread([&] { ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used); });
    return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
  }
  /// Waits until `is_so(counts())`, a minute at most; returns whether it came true.
  template <class Condition>
  bool comes_to(Condition is_so) {
    for (int i = 0; i < 6000; ++i) {
      if (is_so(counts())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    on_its_thread([&] { lines = told_; });
    return lines;
  }

  /// A whole request with Host, and these further lines ("Name: value\r\n").
  std::string request(const std::string& method, const std::string& target, const std::string& lines = "",
                      const std::string& body = "") const {
    return method + " " + target + " HTTP/1.1\r\nHost: " + host() + "\r\n" + lines +
           (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body;
  }
  Got ask(const std::string& method, const std::string& target, const std::string& lines = "",
          const std::string& body = "") const {
    return ask_raw(request(method, target, lines, body), method != "HEAD");
  }
  Got ask_raw(const std::string& bytes, bool has_content = true) const {
    LoopbackClient client{port()};
    client.send(bytes);
    return client.reply(has_content);
  }

  StandIn stand_in;

 private:
  inline static const std::vector<Asset> kAssets{
      {"/index.html", "text/html; charset=utf-8", "<!doctype html><title>Nocturne</title>", ""},
      {"/app.js", "text/javascript", "console.log('a page');", "gzipped app.js"}};

  template <class Work>
  void on_its_thread(Work work) {
    std::promise<void> done;
    asio::post(server_.clock().io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  Task<void> until_closed() {
    while (!closing_) co_await closed_.wait();
  }
  void tell(const std::string& line) { told_.push_back(line); }

  HttpServer server_;
  Reception reception_;
  std::vector<std::string> told_;
  bool closing_ = false;
  Signal closed_{server_.clock().io()};
  std::thread thread_;
};

}  // namespace nocturne::test
