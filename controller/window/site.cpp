#include "controller/window/site.hpp"

#include "controller/log/log.hpp"

namespace nocturne {

struct Site::State {
  Source source;
};

Site::Site(Source source) : state_{std::make_unique<State>()} {
  Log::open(source.log, Log::Access::read);
  state_->source = std::move(source);
}

Site::~Site() = default;

Answer Site::answer(const Question&) {
  return {501, "application/problem+json", R"({"title":"Not Implemented","status":501})"};
}

bool Site::is_slow(const Question& question) { return question.path == "/map" || question.path == "/design"; }

std::vector<News> Site::news() { return {}; }

Answer Site::act(const std::string&, const std::string&, const std::map<std::string, std::string>&) {
  return {501, "application/problem+json", R"({"title":"Not Implemented","status":501})"};
}

std::string Site::metrics() { return {}; }

}  // namespace nocturne
