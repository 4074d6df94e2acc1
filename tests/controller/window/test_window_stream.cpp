#include <doctest/doctest.h>

#include "controller/window/broadcast.hpp"
#include "served_window.hpp"

namespace nocturne::test {
namespace {

/// A client that looks on, from the head of the stream on.
std::unique_ptr<LoopbackClient> viewer_of(ServedWindow& window, int receive_bytes = 0) {
  auto viewer = std::make_unique<LoopbackClient>(window.port(), "127.0.0.1", receive_bytes);
  viewer->send(window.request("GET", "/api/v1/stream"));
  return viewer;
}

/// Waits until so many look on.
bool are_viewing(ServedWindow& window, std::size_t viewers) {
  return window.comes_to([&](const HttpServer::Counts& counts) { return counts.viewers == viewers; });
}

}  // namespace

TEST_CASE("window stream: news reach everybody who looks on, as events") {
  ServedWindow window;
  const auto first = viewer_of(window), second = viewer_of(window);
  REQUIRE(are_viewing(window, 2));
  window.stand_in.publish("sentence", R"({"text":"Experiment 1 begins."})");
  window.stand_in.publish("campaign", "{\n\"state\":\"running\"}");
  for (LoopbackClient* viewer : {first.get(), second.get()}) {
    const Got head = viewer->reply(false);
    CHECK(head.status == 200);
    CHECK(head.field("content-type") == "text/event-stream; charset=utf-8");
    CHECK(head.field("cache-control") == "no-store");
    CHECK(head.has("content-security-policy"));
    CHECK(viewer->until("\n\n") == "event: sentence\ndata: {\"text\":\"Experiment 1 begins.\"}\n\n");
    CHECK(viewer->until("\n\n") == "event: campaign\ndata: {\ndata: \"state\":\"running\"}\n\n");
  }
  const auto late = viewer_of(window);
  REQUIRE(are_viewing(window, 3));
  window.stand_in.publish("sentence", "{}");
  late->reply(false);
  CHECK(late->until("\n\n") == "event: sentence\ndata: {}\n\n");
}

TEST_CASE(
    "window stream: where nothing happens a heartbeat comes, and a viewer that leaves is noticed at once") {
  WindowLimits limits = wide_limits();
  limits.heartbeat = std::chrono::milliseconds{10};
  ServedWindow window{limits};
  auto viewer = viewer_of(window);
  viewer->reply(false);
  CHECK(viewer->until("\n\n") == ": still here\n\n");
  CHECK(viewer->until("\n\n") == ": still here\n\n");
  viewer.reset();
  CHECK(are_viewing(window, 0));
  CHECK(window.counts().dropped_viewers == 0);
}

TEST_CASE("window stream: a viewer that stops reading is dropped, another gets everything") {
  WindowLimits limits = wide_limits();
  limits.kept_news_bytes = 1'000'000;
  ServedWindow window{limits};
  const auto deaf = viewer_of(window, 4096), attentive = viewer_of(window);
  REQUIRE(are_viewing(window, 2));
  attentive->reply(false);
  const std::string large(100'000, 'x');
  int published = 0;
  bool all_came = true;
  while (published < 500 && all_came && window.counts().dropped_viewers == 0) {
    window.stand_in.publish("spectrum", large + std::to_string(++published));
    all_came = attentive->until("data: " + large + std::to_string(published) + "\n\n").size() > 100'000;
  }
  CHECK(all_came);
  CHECK(published > 5);
  CHECK(window.counts().dropped_viewers == 1);
  CHECK(are_viewing(window, 1));
}

TEST_CASE("window stream: a viewer that takes nothing for too long is dropped") {
  WindowLimits limits = wide_limits();
  limits.reply = std::chrono::milliseconds{300};
  ServedWindow window{limits};
  const auto deaf = viewer_of(window, 4096);
  REQUIRE(are_viewing(window, 1));
  for (int i = 0; i < 60; ++i) window.stand_in.publish("spectrum", std::string(100'000, 'x'));
  CHECK(are_viewing(window, 0));
  CHECK(window.counts().dropped_viewers == 1);
}

TEST_CASE(
    "window stream: what is kept for viewers is bounded, and a place that is not kept any more is lost") {
  Broadcast broadcast{1000};
  Broadcast::Place place = broadcast.end(), lost = place;
  for (int i = 0; i < 5; ++i) broadcast.add(std::string(200, static_cast<char>('a' + i)));
  CHECK(broadcast.take(place, 250) == std::string(200, 'a') + std::string(200, 'b'));
  broadcast.add(std::string(200, 'f'));
  CHECK_FALSE(broadcast.take(lost, 250));
  CHECK(broadcast.take(place, 1'000'000)->size() == 800);
  CHECK(place == broadcast.end());
  CHECK(broadcast.take(place, 250) == "");
  broadcast.add(std::string(5000, 'g'));  // larger than all that may be kept: it is kept alone
  CHECK(broadcast.take(place, 250) == std::string(5000, 'g'));
}

TEST_CASE("window stream: of another log or time there is none") {
  ServedWindow window;
  CHECK(window.ask("GET", "/api/v1/stream?at_s=60").status == 400);
  CHECK(window.ask("GET", "/api/v1/stream?log=x").status == 400);
}

TEST_CASE("window stream: more viewers than allowed are told to come later, and those there go on") {
  WindowLimits limits = wide_limits();
  limits.viewers = 2;
  ServedWindow window{limits};
  const auto first = viewer_of(window), second = viewer_of(window);
  REQUIRE(are_viewing(window, 2));
  Got third = window.ask("GET", "/api/v1/stream");
  CHECK(third.status == 503);
  CHECK(third.field("retry-after") == "5");
  window.stand_in.publish("sentence", "{}");
  first->reply(false);
  CHECK(first->until("\n\n") == "event: sentence\ndata: {}\n\n");
}

TEST_CASE(
    "window stream: news that cannot be had are told once, to who looks on with the reason, and come again "
    "when they can") {
  ServedWindow window;
  const auto viewer = viewer_of(window);
  REQUIRE(are_viewing(window, 1));
  window.stand_in.break_news();
  window.stand_in.publish("sentence", "{}");
  viewer->reply(false);
  CHECK(viewer->until("\n\n") ==
        "event: unreadable\ndata: {\"title\":\"The log cannot be read\",\"status\":500,"
        "\"detail\":\"the log is gone\"}\n\n");
  CHECK(viewer->until("\n\n") == "event: sentence\ndata: {}\n\n");
  CHECK(window.told() ==
        std::vector<std::string>{"no news for the window: the log is gone", "the window has news again"});
}

TEST_CASE("window stream: a question that takes long delays no other, and no news") {
  ServedWindow window;
  const auto viewer = viewer_of(window);
  REQUIRE(are_viewing(window, 1));
  LoopbackClient patient{window.port()};
  patient.send(window.request("GET", "/api/v1/map?x=br_pb"));
  window.stand_in.wait_until_slow_is_asked();
  // The stand-in does not answer it before this test says so.
  CHECK(window.stand_in.asked().back() == "/map x=br_pb");
  CHECK(window.ask("GET", "/app.js").status == 200);
  CHECK(window.ask("GET", "/api/v1/campaign").status == 200);
  window.stand_in.publish("sentence", "{}");
  viewer->reply(false);
  CHECK(viewer->until("\n\n") == "event: sentence\ndata: {}\n\n");
  window.stand_in.let_slow_go();
  CHECK(patient.reply().body == "{\"asked\":\"/map x=br_pb\"}");
}

TEST_CASE("window stream: what several ask at once is computed once, and anew for who asks later") {
  ServedWindow window;
  std::vector<std::unique_ptr<LoopbackClient>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<LoopbackClient>(window.port()));
    clients.back()->send(window.request("GET", "/api/v1/map?x=br_pb"));
  }
  window.stand_in.wait_until_slow_is_asked();
  REQUIRE(window.comes_to([](const HttpServer::Counts& counts) { return counts.requests == 40; }));
  clients.pop_back();  // one that does not wait for it
  window.stand_in.let_slow_go();
  for (const auto& client : clients) CHECK(client->reply().body == "{\"asked\":\"/map x=br_pb\"}");
  CHECK(window.stand_in.asked().size() == 1);
  CHECK(window.ask("GET", "/api/v1/map?x=br_pb").status == 200);
  CHECK(window.stand_in.asked().size() == 2);
}

TEST_CASE("window stream: only so many questions wait for the worker, the others are told to come later") {
  WindowLimits limits = wide_limits();
  limits.slow_questions = 2;
  ServedWindow window{limits};
  LoopbackClient first{window.port()}, second{window.port()};
  first.send(window.request("GET", "/api/v1/map?n=1"));
  window.stand_in.wait_until_slow_is_asked();
  second.send(window.request("GET", "/api/v1/map?n=2"));
  REQUIRE(window.comes_to([](const HttpServer::Counts& counts) { return counts.requests == 2; }));
  CHECK(window.ask("GET", "/api/v1/map?n=3").status == 503);
  window.stand_in.let_slow_go();
  CHECK(first.reply().body == "{\"asked\":\"/map n=1\"}");
  CHECK(second.reply().body == "{\"asked\":\"/map n=2\"}");
}

TEST_CASE("window stream: who looks on learns how it ended before the window closes") {
  auto window = std::make_unique<ServedWindow>();
  const auto viewer = viewer_of(*window);
  REQUIRE(are_viewing(*window, 1));
  for (int i = 0; i < 20; ++i) window->stand_in.publish("sentence", "{}");
  window->stand_in.publish("sentence", R"({"text":"The night has ended."})");
  window.reset();
  CHECK(viewer->rest().ends_with("event: sentence\ndata: {\"text\":\"The night has ended.\"}\n\n"));
}

TEST_CASE("window stream: it closes although viewers look on and questions wait") {
  auto window = std::make_unique<ServedWindow>();
  const auto viewer = viewer_of(*window);
  REQUIRE(are_viewing(*window, 1));
  LoopbackClient idle{window->port()}, half{window->port()}, patient{window->port()};
  half.send("GET / HT");
  patient.send(window->request("GET", "/api/v1/map"));
  window->stand_in.wait_until_slow_is_asked();
  window.reset();
  viewer->reply(false);
  CHECK(viewer->rest().empty());
  CHECK(idle.rest().empty());
}

}  // namespace nocturne::test
