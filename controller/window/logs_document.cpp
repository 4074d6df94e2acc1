#include "controller/window/logs_document.hpp"

#include <fmt/format.h>

#include "controller/log/log_lock.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

namespace fs = std::filesystem;

std::string state_of(const fs::path& log) {
  std::string state;
  for (const fs::path& file : {log, fs::path{log.string() + "-wal"}}) {
    std::error_code none;
    const auto size = fs::file_size(file, none);
    const auto time = fs::last_write_time(file, none).time_since_epoch().count();
    state += fmt::format("{} {};", size, time);
  }
  return state;
}

OrderedJson entry_of(const NightShelf::Listed& listed) {
  OrderedJson json{{"id", listed.id}};
  try {
    const Log log = Log::open(listed.file, Log::Access::read);
    double length_s = 0.0;
    log.for_each([&](const Event& event) { length_s = in_seconds(event.time); },
                 {.first = log.size(), .detail = LogDetail::brief});
    const CampaignHeader& header = log.header();
    json.update({{"name", header.name},
                 {"file", listed.file.filename().string()},
                 {"started", header.started},
                 {"origin", header.origin},
                 {"length_s", length_s}});
  } catch (const std::exception& error) {
    json["file"] = listed.file.filename().string();
    json["problem"] = error.what();
  }
  return json;
}

}  // namespace

OrderedJson LogList::document(const std::vector<NightShelf::Listed>& listed) {
  const std::lock_guard lock{mutex_};
  OrderedJson logs = OrderedJson::array();
  for (const NightShelf::Listed& one : listed) {
    const std::string files = state_of(one.file);
    Entry& entry = entries_[one.id];
    if (entry.files != files) entry = {files, entry_of(one)};
    OrderedJson json = entry.json;
    json["live"] = LogLock::is_held(one.file);
    logs.push_back(std::move(json));
  }
  return {{"logs", std::move(logs)}};
}

OrderedJson logs_schema() {
  using namespace schema;
  const OrderedJson log =
      object({{"id", text("for the parameter log of other questions")},
              maybe("name", text("of the recipe")),
              {"file", text("without its folder")},
              maybe("started", text("by the wall clock, ISO 8601")),
              maybe("origin", one_of({"campaign", "import"})),
              {"live", flag("a process writes it")},
              maybe("length_s", number("campaign time of its last event")),
              maybe("problem", text("why it cannot be read; then nothing else is known"))});
  return object({{"logs", list(log, "the served one first")}}, "The logs that may be asked for.");
}

}  // namespace nocturne
