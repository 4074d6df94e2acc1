#include "controller/window/openapi_document.hpp"

#include "controller/campaign/steering.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/logs_document.hpp"
#include "controller/window/model_documents.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

using schema::maybe;

OrderedJson reference(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

OrderedJson content(const char* media_type, OrderedJson value) {
  return {{media_type, {{"schema", std::move(value)}}}};
}

OrderedJson parameter(const char* name, OrderedJson value, const char* description,
                      bool is_required = false) {
  return {{"name", name},
          {"in", "query"},
          {"required", is_required},
          {"description", description},
          {"schema", std::move(value)}};
}

struct Asked {
  const char* path;
  const char* summary;
  const char* schema;
  std::vector<OrderedJson> parameters = {};
  bool is_of_night = true;  ///< takes log and at_s
};

/// A token where others can reach the window, none on a loopback address.
OrderedJson security_of_looking() {
  return OrderedJson::array({OrderedJson::object(), {{"token", OrderedJson::array()}}});
}

OrderedJson problem_answer() {
  return {{"description", "Why there is no answer."},
          {"content", content("application/problem+json", reference("Problem"))}};
}

OrderedJson get_of(const Asked& asked) {
  OrderedJson parameters = OrderedJson::array();
  if (asked.is_of_night) {
    parameters.push_back(parameter("log", schema::text(), "id of a log; without it the served one"));
    parameters.push_back(parameter("at_s", schema::number(),
                                   "campaign time: the night as it stood then; without it as it stands"));
  }
  for (const OrderedJson& one : asked.parameters) parameters.push_back(one);
  const std::string path = asked.path;
  if (path.ends_with("{seq}"))
    parameters.push_back({{"name", "seq"},
                          {"in", "path"},
                          {"required", true},
                          {"description", "number of an event that has a spectrum, or latest"},
                          {"schema", schema::text()}});
  const OrderedJson body = path.ends_with(".csv")
                               ? content("text/csv", schema::text("RFC 4180, as `nocturne export` writes it"))
                               : content("application/json", reference(asked.schema));
  return {
      {"get",
       {{"summary", asked.summary},
        {"security", security_of_looking()},
        {"parameters", std::move(parameters)},
        {"responses",
         {{"200", {{"description", "The answer."}, {"content", body}}}, {"default", problem_answer()}}}}}};
}

std::string wish_of(const std::string& what) {
  if (what == "budget") return "BudgetWish";
  return what == "target" ? "TargetWish" : "Wish";
}

OrderedJson post_of(const std::string& what) {
  static const std::map<std::string, const char*> summaries{
      {"pause", "Pause after the experiment at hand."},
      {"resume", "Go on after a pause."},
      {"abort", "End the campaign at once, and make the bench safe."},
      {"budget", "Another number of experiments in all."},
      {"target", "One more target."},
      {"acknowledge", "Say that the last alarm was seen."}};
  return {{"post",
           {{"summary", summaries.at(what)},
            {"security", OrderedJson::array({{{"token", OrderedJson::array()}}})},
            {"requestBody",
             {{"required", true}, {"content", content("application/json", reference(wish_of(what)))}}},
            {"responses",
             {{"202",
               {{"description", "Posted to the campaign."},
                {"content", content("application/json", reference("Posted"))}}},
              {"default", problem_answer()}}}}}};
}

OrderedJson stream_of() {
  const std::map<std::string, const char*> events{{"campaign", "Campaign"},
                                                  {"sentence", "Sentence"},
                                                  {"experiment", "Experiment"},
                                                  {"spectrum", "Spectrum"},
                                                  {"unreadable", "Problem"}};
  OrderedJson stream = content("text/event-stream", schema::text("comments between are signs of life"));
  for (const auto& [name, schema] : events) stream["text/event-stream"]["x-events"][name] = reference(schema);
  return {
      {"get",
       {{"summary",
         "What is new, as server-sent events; x-events tells the data of each. After `unreadable` there is "
         "nothing new until the log can be read again."},
        {"security", security_of_looking()},
        {"responses",
         {{"200", {{"description", "The stream."}, {"content", std::move(stream)}}},
          {"default", problem_answer()}}}}}};
}

/// It lies beside the API.
OrderedJson metrics_of() {
  return {{"servers", OrderedJson::array({{{"url", "/"}}})},
          {"get",
           {{"summary", "The night for Prometheus."},
            {"security", security_of_looking()},
            {"responses",
             {{"200",
               {{"description", "The text format, version 0.0.4."},
                {"content", content("text/plain", schema::text())}}},
              {"default", problem_answer()}}}}}};
}

OrderedJson schemas() {
  using namespace schema;
  const Property why{"why", text("for the log")}, who = maybe("who", text("asks"));
  return {
      {"Problem", object({{"title", text()}, {"status", whole()}, {"detail", text("one plain sentence")}},
                         "Why there is no answer (RFC 9457).")},
      {"Program", object({{"program", text("version")},
                          {"build", text("digest of the pages, as in the header X-Nocturne-Build")},
                          {"replay", flag("no process writes the served log: nothing can be asked of it")}},
                         "What answers here.")},
      {"Logs", logs_schema()},
      {"Campaign", campaign_schema()},
      {"Sentence", sentence_schema()},
      {"Journal", journal_schema()},
      {"Experiment", experiment_schema()},
      {"Experiments", experiments_schema()},
      {"Spectra", spectra_schema()},
      {"Spectrum", spectrum_schema()},
      {"Map", map_schema()},
      {"Bench", bench_schema()},
      {"Trend", trend_schema()},
      {"Design", design_schema()},
      {"Posted", object({{"posted", flag()}}, "The campaign takes it within a second.")},
      {"Wish", object({why, who}, "What somebody wants of the campaign.")},
      {"BudgetWish", object({{"experiments", whole("how many in all")}, why, who})},
      {"TargetWish", object({{"peak_nm", number("emission peak")}, why, who})}};
}

std::vector<Asked> questions() {
  using namespace schema;
  return {
      {"/", "What answers here.", "Program", {}, false},
      {"/logs", "The logs that may be asked for.", "Logs", {}, false},
      {"/campaign", "The night at one glance.", "Campaign"},
      {"/journal",
       "The night in sentences.",
       "Journal",
       {parameter("after_seq", whole(), "only what tells a later event"),
        parameter("limit", whole(), "the last of them, at most so many; 200 without it")}},
      {"/experiments", "All experiments.", "Experiments"},
      {"/experiments.csv", "The same as a table.", ""},
      {"/spectra", "Which spectra there are.", "Spectra"},
      {"/spectra/{seq}", "One spectrum.", "Spectrum"},
      {"/map",
       "What the model expects over two variables. A variable's own name as a parameter says where it "
       "stands.",
       "Map",
       {parameter("x", text(), "a variable; without it the most influential one"),
        parameter("y", text(), "another variable"),
        parameter("target", whole(),
                  "which of the campaign's, from 1; without it that of the next experiment"),
        parameter("points", whole(), "of each axis, 2 to 60; 25 without it")}},
      {"/bench", "Every instrument.", "Bench"},
      {"/trend",
       "How one reading went.",
       "Trend",
       {parameter("quantity", text(), "as /bench has it; temperature_C without it"),
        parameter("name", text(), "likewise; the first without it"),
        parameter("points", whole(), "at most so many, 2 to 10000; 600 without it")}},
      {"/design",
       "Conditions for a wavelength, without an experiment.",
       "Design",
       {parameter("target_nm", number(), "emission peak, 300 to 1100 nm", true),
        parameter("tolerance_nm", number(), "1 without it"),
        parameter("fwhm_max_meV", number(), "widest line allowed"),
        parameter("plqy_min", number(), "smallest quantum yield, 0 to 1"),
        parameter("yield_min", number(), "smallest yield of the reaction, 0 to 1"),
        parameter("count", whole(), "candidates at most, 1 to 50; 5 without it")}},
  };
}

}  // namespace

OrderedJson openapi_document() {
  OrderedJson paths = OrderedJson::object();
  for (const Asked& asked : questions()) paths[asked.path] = get_of(asked);
  paths["/stream"] = stream_of();
  paths["/metrics"] = metrics_of();
  for (const std::string& what : steer_words()) paths["/campaign/" + what] = post_of(what);
  return {
      {"openapi", "3.1.0"},
      {"info", {{"title", "Nocturne"}, {"version", NOCTURNE_VERSION}}},
      {"servers", OrderedJson::array({{{"url", "/api/v1"}}})},
      {"paths", std::move(paths)},
      {"components",
       {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}, {"schemas", schemas()}}}};
}

}  // namespace nocturne
