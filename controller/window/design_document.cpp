#include <fmt/format.h>

#include "controller/knowledge/design.hpp"
#include "controller/window/model_documents.hpp"
#include "controller/window/problem.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

constexpr double kShortest_nm = 300.0, kLongest_nm = 1100.0;  // as a recipe's target
constexpr int kCandidates = 5, kMostCandidates = 50;

Target wish_in(Parameters& asked) {
  const auto target_nm = asked.number("target_nm", kShortest_nm, kLongest_nm);
  Target wish;
  wish.tolerance = asked.number("tolerance_nm", 0.01, 100.0).value_or(wish.tolerance);
  wish.fwhm_max_meV = asked.number("fwhm_max_meV", 0.0, 1000.0).value_or(0.0);
  wish.plqy_min = asked.number("plqy_min", 0.0, 1.0).value_or(0.0);
  wish.yield_min = asked.number("yield_min", 0.0, 1.0).value_or(0.0);
  if (!target_nm) throw bad_question("target_nm is missing: which wavelength?");
  wish.value = *target_nm;
  return wish;
}

}  // namespace

OrderedJson design_document(const Subject& subject, ModelDesk& desk, Parameters& asked) {
  DesignOptions options;
  options.target = wish_in(asked);
  options.count = static_cast<int>(asked.whole("count", 1, kMostCandidates).value_or(kCandidates));
  asked.check_all_known();
  const Target& wish = options.target;
  const std::string question = fmt::format("design {} {} {} {} {} {}", wish.value, wish.tolerance,
                                           wish.fwhm_max_meV, wish.plqy_min, wish.yield_min, options.count);
  return desk.answer(subject, question, wish, [&](const LoggedModel& model, const CampaignRecord& record) {
    options.choices = model.choices;
    const MadeExperiments made{record, model.variables};
    options.made = &made;
    return OrderedJson(json_of(model.optimizer->design(wish, options.count), options));
  });
}

OrderedJson design_schema() {
  using namespace schema;
  const OrderedJson interval = object({{"mean", number()}, {"low", number()}, {"high", number()}});
  const OrderedJson sensitivity =
      object({{"per", number()}, {"per_unit", text()}, {"change", number()}, {"unit", text()}});
  OrderedJson condition = number();
  condition["type"] = {"number", "string"};
  const OrderedJson made = object(
      {{"experiment", whole()},
       {"conditions", by_name(condition)},
       {"distance", number("root of the sum of squares, each in shares of the condition's range")},
       maybe("row", text("of an imported table")),
       maybe("measured", by_name(number(), "with units in their names; _se: the standard error of the same")),
       maybe("failure", text("why nothing was measured"))});
  const OrderedJson candidate =
      object({{"conditions", by_name(condition, "with units in their names; of a choice its word")},
              {"predicted", by_name(interval, "90 % intervals")},
              {"probability", number("that the wish is met there")},
              {"one_product", by_name(interval, "the same of a single product: with the scatter of repeats")},
              {"one_product_probability", number("that a single product meets the wish")},
              {"sensitivity", by_name(sensitivity, "what 1 unit or 1 % changes")},
              {"extrapolates", flag("far from all experiments")},
              {"made_nearby", list(made, "the nearest experiments that were really made")}});
  const OrderedJson obstacle = object({maybe("variable", text()), maybe("bound", number()),
                                       maybe("side", one_of({"lower", "upper"})), maybe("limit", text())});
  return object(
      {{"target_nm", number()},
       {"reachable", flag()},
       {"reachable_from_probability", number("what counts as reachable")},
       {"promised_from_probability", number("what counts as promised")},
       {"reachable_probability", number("that some conditions meet the wish")},
       {"probability", number("of the first candidate")},
       {"experiments", whole("that the model was told")},
       {"earlier_experiments", whole("in the studies that it begins with")},
       {"candidates", list(candidate, "most probable first")},
       {"blocked_by", list(obstacle)},
       maybe("nearest_nm", number("the nearest that named conditions meet")),
       maybe("nearest_probability", number())},
      "Conditions for a wavelength, without an experiment: the answer of `nocturne design --json`.");
}

}  // namespace nocturne
