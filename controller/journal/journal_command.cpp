#include "controller/journal/journal_command.hpp"

#include <fmt/format.h>

#include <ostream>

#include "controller/journal/journal.hpp"
#include "controller/output_lines.hpp"

namespace nocturne {
namespace {

OrderedJson journal_json(const Event& event, const std::string& text) {
  OrderedJson json{{"seq", event.seq}, {"time_s", in_seconds(event.time)}, {"kind", event.kind}};
  if (event.experiment) json["experiment"] = *event.experiment;
  json["text"] = text;
  return json;
}

}  // namespace

int tell_journal(const Log& log, std::int64_t since, bool json, std::ostream& out, std::ostream& messages) {
  Journal journal;
  log.for_each(
      [&](const Event& event) {
        const std::optional<std::string> text = journal.tell(event);
        if (!text || event.seq <= since) return;
        out << (json ? line_of(journal_json(event, *text)) : clock_text(event.time) + "  " + *text) << '\n';
      },
      {.detail = LogDetail::brief});
  if (log.header().origin == "campaign" && !journal.has_ended())
    messages << "no end yet: the campaign is running, or its process is gone (nocturne resume "
             << log.file().string() << ")\n";
  return 0;
}

}  // namespace nocturne
