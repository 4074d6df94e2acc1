#include <limits>

#include "controller/window/documents.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

constexpr std::int64_t kSentences = 200, kMostSentences = 10'000;

}  // namespace

OrderedJson json_of(const FollowedNight::Sentence& sentence) {
  return {{"seq", sentence.seq},
          {"time_s", in_seconds(sentence.time)},
          {"text", sentence.text},
          {"alarm", sentence.is_alarm}};
}

OrderedJson journal_document(const Moment& moment, Parameters& asked) {
  const std::int64_t after =
      asked.whole("after_seq", 0, std::numeric_limits<std::int64_t>::max()).value_or(0);
  const std::int64_t limit = asked.whole("limit", 1, kMostSentences).value_or(kSentences);
  const auto end = moment.night.sentences_after(moment.last);
  auto begin = moment.night.sentences_after(after);
  if (end - begin > limit) begin = end - limit;
  OrderedJson sentences = OrderedJson::array();
  for (; begin < end; ++begin) sentences.push_back(json_of(*begin));
  return {{"sentences", std::move(sentences)}};
}

OrderedJson sentence_schema() {
  using namespace schema;
  return object({{"seq", whole("number of the event it tells")},
                 {"time_s", number("campaign time")},
                 {"text", text()},
                 {"alarm", flag("something went wrong")}},
                "One sentence of the journal.");
}

OrderedJson journal_schema() {
  return schema::object({{"sentences", schema::list(sentence_schema(), "in the order of time")}},
                        "The night in plain sentences.");
}

}  // namespace nocturne
