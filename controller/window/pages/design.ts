// A wavelength in, recipes out, from what the night has taught.

import type { DesignAnswer, Variable } from "./documents";
import { card, element, facts, notice, part, put, type Child } from "./elements";
import { latestOnly } from "./latest_only";
import type { Night } from "./night";
import type { Page } from "./page";
import { clock, digits, outputLabel, percent, plain, quantity, setting, withError, withInterval } from "./words";

export function design(night: Night): Page {
  return new DesignPage(night);
}

class DesignPage implements Page {
  readonly root = element("div");
  private readonly target = numberField("design-target", 300, 1100);
  private readonly tolerance = numberField("design-tolerance", 0.01, 100);
  private readonly answer = part(element("div", { "aria-live": "polite" }));
  private readonly get = latestOnly();

  constructor(private readonly night: Night) {
    const form = element("form", { class: "choices", onsubmit: (event) => {
      event.preventDefault();
      this.ask();
    } },
      field("wavelength, nm", this.target), field("tolerance, ± nm", this.tolerance),
      element("button", { type: "submit", class: "main" }, "Find recipes"));
    put(this.root, card("Which wavelength?", element("p", {}, "Conditions that probably give it, by what this night has measured. No experiment is made."), form), this.answer.root);
  }

  refresh(): void {
    const first = this.night.campaign?.targets[0];
    if (this.target.value === "" && first) {
      this.target.value = String(first.peak_nm);
      this.tolerance.value = String(first.tolerance_nm);
    }
  }

  close(): void {
    this.get.stop();
  }

  private ask(): void {
    const finished = (this.night.experiments?.experiments ?? []).some((row) => row.finished_s !== undefined);
    if (!finished) return this.answer.show("none", () => [notice("No answer yet: the model learns from finished experiments, and there is none.")]);
    this.answer.show("busy", () => [notice("The model is learning and looking: some seconds.")]);
    const parameters = { ...this.night.parameters, target_nm: this.target.valueAsNumber, tolerance_nm: this.tolerance.valueAsNumber };
    this.get.ask<DesignAnswer>("/design", parameters, (answer) => {
      const at = this.night.isReplay ? `, by what was known at ${clock(this.night.campaign?.now_s ?? 0)}` : "";
      this.answer.show([answer, at], () => answerParts(answer, this.tolerance.valueAsNumber, at, this.night.variables));
    },
      (refusal) => this.answer.show(refusal.message, () => [notice(refusal.message)]));
  }
}

function numberField(id: string, low: number, high: number): HTMLInputElement {
  return element("input", { id, type: "number", min: low, max: high, step: "any", required: true, inputmode: "decimal" });
}

function field(label: string, input: HTMLInputElement): HTMLElement {
  return element("span", { class: "choice" }, element("label", { for: input.id }, label), input);
}

function answerParts(answer: DesignAnswer, tolerance_nm: number, at: string, variables: Variable[]): Child[] {
  const wanted = `${digits(answer.target_nm, 6)} ± ${digits(tolerance_nm)} nm`;
  const verdict = answer.reachable
    ? element("p", { class: "state done" }, `✓ ${wanted} can be reached.`)
    : element("p", { class: "state trouble" }, `✕ ${wanted} probably cannot be reached.`);
  const rows: [string, Child][] = [["probability of the best recipe", percent(answer.probability)]];
  if (answer.reachable_probability !== undefined) rows.push(["probability that some recipe meets it", percent(answer.reachable_probability)]);
  if (!answer.reachable && answer.nearest_nm !== undefined && answer.nearest_nm !== null) rows.push(["nearest that can be reached", `${digits(answer.nearest_nm)} nm`]);
  for (const block of answer.blocked_by ?? [])
    rows.push(["in the way", "limit" in block ? plain(block.limit) : `${block.side} bound of ${setting(block.variable, block.bound, variables)}`]);
  return [card(`Answer${at}`, verdict, facts(rows), element("p", { class: "faint" }, "Numbers in brackets: the intervals that hold 90 % of what is expected.")), element("div", { class: "cards" }, ...answer.candidates.map((candidate, i) => recipe(candidate, i + 1, variables)))];
}

function recipe(candidate: DesignAnswer["candidates"][number], rank: number, variables: Variable[]): HTMLElement {
  const asked = (name: string) => (name === "peak_nm" ? 0 : 1);
  const predicted = Object.entries(candidate.predicted).sort(([a], [b]) => asked(a) - asked(b)).map(([name, { mean, low, high }]): [string, Child] =>
    [outputLabel(name), withInterval(mean, low, high, quantity(name).unit)]);
  const sensitive = Object.entries(candidate.sensitivity ?? {}).map(([name, { per, per_unit, change, unit }]) =>
    element("li", {}, `${digits(per)} ${per_unit} of ${quantity(name).label}: ${change > 0 ? "+" : ""}${digits(change, 2)} ${unit}`));
  const made = candidate.made_nearby.map(({ experiment, row, measured, failure, conditions }) => {
    const result = failure !== undefined ? plain(failure) : measured?.["peak_nm"] === undefined ? "" : `${withError(measured["peak_nm"], measured["peak_nm_se"])} nm`;
    const settings = Object.entries(conditions).map(([name, value]) => setting(name, value, variables)).join(", ");
    return element("li", {}, `Experiment ${experiment}${row !== undefined ? ` (${row})` : ""}: ${result || "no line"}, with ${settings}`);
  });
  const one = candidate.one_product["peak_nm"];
  return card(`Recipe ${rank}`,
    element("p", { class: "number" }, `${percent(candidate.probability)} probable`),
    element("p", { class: "faint" }, `One product of it: ${percent(candidate.one_product_probability)}${one ? `, ${outputLabel("peak_nm")} ${withInterval(one.mean, one.low, one.high, "nm")}` : ""}`),
    candidate.extrapolates === true && element("p", { class: "state look" }, "△ far from all experiments: less sure than it says"),
    element("ul", { class: "settings" }, ...Object.entries(candidate.conditions).map(([name, value]) => element("li", {}, setting(name, value, variables)))),
    facts(predicted),
    made.length > 0 && element("details", {}, element("summary", {}, "What was made nearby"), element("ul", {}, ...made)),
    sensitive.length > 0 && element("details", {}, element("summary", {}, "What small errors change"), element("ul", {}, ...sensitive)));
}
