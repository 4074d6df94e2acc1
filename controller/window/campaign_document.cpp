#include "controller/output_lines.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

OrderedJson json_of(const NightFacts::Aim& aim) {
  OrderedJson json{{"peak_nm", aim.target.value}, {"tolerance_nm", aim.target.tolerance}};
  if (aim.target.fwhm_max_meV > 0.0) json["fwhm_max_meV"] = aim.target.fwhm_max_meV;
  if (aim.reached_at) json["reached_at"] = *aim.reached_at;
  json["given_up"] = aim.given_up;
  if (aim.nearest_nm) {
    OrderedJson nearest{{"experiment", *aim.nearest}};
    put(nearest, "peak_nm", *aim.nearest_nm);
    json["nearest"] = std::move(nearest);
  }
  return json;
}

OrderedJson feeds_of(const NightFacts& facts) {
  OrderedJson feeds = OrderedJson::array();
  for (const auto& [stock, feed] : facts.feeds)
    feeds.push_back({{"stock", stock},
                     {"flow_uL_min", feed.flow_uL_min},
                     {"used_mL", feed.used_mL},
                     {"left_mL", feed.left_mL},
                     {"syringe_mL", feed.syringe_mL}});
  return feeds;
}

}  // namespace

OrderedJson campaign_document(const Moment& moment, const std::string& id, const Life& life) {
  const NightFacts& facts = moment.facts;
  const CampaignHeader& header = moment.night.log().header();
  const bool is_live = life.is_live && moment.is_now;
  const Verdict verdict = verdict_of(moment, life);
  OrderedJson json{{"log", id},
                   {"name", header.name},
                   {"id", header.id},
                   {"origin", header.origin},
                   {"started", header.started},
                   {"live", is_live},
                   {"ended", facts.ended}};
  if (facts.ended) json["status"] = facts.status;
  json["now_s"] = in_seconds(moment.time);
  json["length_s"] = in_seconds(moment.night.end());
  json["quiet_s"] = is_live ? life.quiet_s : 0.0;
  json["verdict"] = verdict.word;
  json["verdict_text"] = verdict.text;
  json["state"] = facts.state;
  json["why"] = facts.why;
  json["step"] = facts.step;
  if (facts.experiment) json["experiment"] = *facts.experiment;
  json["conditions"] = facts.experiment ? facts.conditions : Conditions{};
  json["budget"] = facts.budget;
  json["finished"] = facts.finished;
  json["failed"] = facts.failed;
  json["targets"] = OrderedJson::array();
  for (const NightFacts::Aim& aim : facts.aims) json["targets"].push_back(json_of(aim));
  if (const auto left_s = expected_left_s(facts, moment.time)) json["expected_left_s"] = *left_s;
  if (facts.experiment && facts.target_C) json["target_C"] = *facts.target_C;
  json["feeds"] = feeds_of(facts);
  if (facts.alarm)
    json["alarm"] = {{"time_s", in_seconds(facts.alarm->time)},
                     {"what", facts.alarm->what},
                     {"acknowledged", facts.alarm->seen.has_value()}};
  return json;
}

OrderedJson campaign_schema() {
  using namespace schema;
  const OrderedJson nearest =
      object({{"experiment", whole()}, {"peak_nm", number()}, maybe("peak_nm_se", number("standard error"))});
  const OrderedJson target = object({{"peak_nm", number()},
                                     {"tolerance_nm", number()},
                                     maybe("fwhm_max_meV", number("widest line allowed")),
                                     maybe("reached_at", whole("the experiment that met it first")),
                                     {"given_up", flag("nothing can meet it")},
                                     maybe("nearest", nearest)});
  const OrderedJson feed =
      object({{"stock", text()},
              {"flow_uL_min", number()},
              {"used_mL", number("by the pump's counter")},
              {"left_mL", number("at least, in the syringe and what it can draw from its bottle")},
              {"syringe_mL", number("what the syringe holds when it is full")}});
  return object(
      {{"log", text("id of the log, as in /logs")},
       {"name", text("of the recipe")},
       {"id", text("of the campaign")},
       {"origin", one_of({"campaign", "import"})},
       {"started", text("by the wall clock, ISO 8601")},
       {"live", flag("a process runs it, and this is now")},
       {"ended", flag()},
       maybe("status", one_of({"reached", "budget_spent", "stopped", "faulted", "imported"}, "how it ended")),
       {"now_s", number("campaign time of what is told here")},
       {"length_s", number("campaign time of the last event in the log")},
       {"quiet_s", number("live: seconds by the wall clock without any event")},
       {"verdict", one_of({"fine", "look", "trouble", "done", "ended"})},
       {"verdict_text", text("one plain sentence")},
       {"state", one_of({"idle", "arming", "running", "holding", "paused", "stopping", "faulted", "done"})},
       {"why", text("of the state")},
       {"step", text("what it does now")},
       maybe("experiment", whole("at hand")),
       {"conditions", by_name(number(), "of the experiment at hand")},
       {"budget", whole("experiments in all")},
       {"finished", whole("experiments, failed ones among them")},
       {"failed", whole()},
       {"targets", list(target)},
       maybe(
           "expected_left_s",
           number(
               "an estimate: until the budget is spent, if experiments go on to take what they took so far; "
               "a night that reaches its targets earlier ends earlier")),
       maybe("target_C", number("of the heated zone")),
       {"feeds", list(feed)},
       maybe("alarm", object({{"time_s", number("campaign time")},
                              {"what", text()},
                              {"acknowledged", flag("somebody has seen it")}},
                             "the last thing that went wrong"))},
      "A night at one glance.");
}

}  // namespace nocturne
