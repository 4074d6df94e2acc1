// What the model believes over two variables, where it was tried, and where it goes next.

import { cividis, viridis } from "./colours";
import type { Conditions, Grid, ModelMap, Variable } from "./documents";
import { card, element, notice, part, put, type Child } from "./elements";
import { HeatMap, type HeatMapData, type Mark } from "./heat_map";
import { latestOnly } from "./latest_only";
import type { Night } from "./night";
import type { Page } from "./page";
import type { Parameters } from "./server";
import { counted, digits, heading, percent, setting } from "./words";

const mostMarksWithNumbers = 25;
const sliderSteps = 60;

export function map(night: Night): Page {
  return new MapPage(night);
}

class MapPage implements Page {
  readonly root = element("div");
  private readonly message = part(element("div", { "aria-live": "polite" }));
  private readonly axes = element("div", { class: "choices" });
  private readonly sliders = element("div", { class: "choices" });
  private readonly target = part(element("div", { class: "choices" }));
  private readonly choices = element("details", { class: "card", open: matchMedia("(min-width: 701px)").matches },
    element("summary", {}, element("h2", {}, "Over which variables")), this.target.root, this.axes, this.sliders);
  private readonly place = element("p", { class: "readout", role: "status" }, "Point at a map to read it out, or use the arrow keys on it.");
  private readonly next = part(element("div"));
  private readonly maps: HeatMap[];
  private readonly body: HTMLElement;
  private readonly get = latestOnly();
  private model?: ModelMap;
  private chosen: { x?: string; y?: string; target?: number; around: Conditions } = { around: {} };
  private known = -1;

  constructor(private readonly night: Night) {
    const pointed = (column: number, row: number) => this.point(column, row);
    this.maps = [
      new HeatMap({ title: "Expected peak", unit: "nm", scale: viridis, show: (value) => digits(value) }, pointed),
      new HeatMap({ title: "Uncertainty", unit: "± nm", scale: cividis, show: (value) => digits(value, 2) }, pointed),
      new HeatMap({ title: "Probability to meet the target", unit: "%", scale: cividis, show: (value) => digits(100 * value, 2) }, pointed),
    ];
    this.body = element("div", {}, this.next.root, this.choices, this.place,
      element("div", { class: "maps" }, ...this.maps.map((one) => one.root)),
      element("p", { class: "faint" }, "○ tried, ✕ failed, ◇ the next experiment; white line on the first map: the target."));
    this.body.hidden = true;
    put(this.root, this.message.root, this.body);
    this.message.show("busy", () => [notice("The model is learning from the night: some seconds.")]);
  }

  refresh(): void {
    if (!this.night.campaign) return;
    const finished = (this.night.experiments?.experiments ?? []).filter((row) => row.outcome !== "running").length;
    const decided = this.night.experiments?.experiments.length ?? 0;
    const known = 1e4 * finished + decided;
    if (known === this.known) return;
    this.known = known;
    const why = this.whyNone();
    if (why === "") return this.load();
    this.body.hidden = true;
    this.message.show(why, () => [notice(why)]);
  }

  /** What the program would refuse is not asked for. */
  private whyNone(): string {
    if (this.night.campaign?.origin === "import") return "There is no map of imported experiments. Design answers wishes from them.";
    const products = (this.night.experiments?.experiments ?? []).filter((row) => row.outcome === "ok").length;
    const enough = this.night.variables.length + 1;
    return products >= enough ? "" : `There is no map yet: ${counted(products, "experiment")} gave a product, and it takes ${enough} to tell `
      + `${this.night.variables.length} variables apart.`;
  }

  close(): void {
    this.get.stop();
    for (const one of this.maps) one.close();
  }

  private load(): void {
    const { x, y, target, around } = this.chosen;
    const parameters: Parameters = { ...this.night.parameters, ...around, x, y, target };
    this.body.setAttribute("aria-busy", "true");
    this.get.ask<ModelMap>("/map", parameters, (model) => {
      this.body.removeAttribute("aria-busy");
      this.show(model);
    }, (refusal) => {
      this.body.removeAttribute("aria-busy");
      if (refusal.status === 0) this.known = -1;  // asks once more when there is word again
      if (!this.model || refusal.status !== 0) this.body.hidden = true;
      this.message.show(refusal.message, () => [notice(`There is no map: ${refusal.message}`)]);
    });
  }

  private show(model: ModelMap): void {
    this.showTargets();
    const sameVariables = this.model && JSON.stringify(this.model.variables) === JSON.stringify(model.variables)
      && this.model.x.name === model.x.name && this.model.y.name === model.y.name && this.model.target === model.target;
    this.model = model;
    this.message.show("", () => []);
    this.body.hidden = false;
    if (!sameVariables) this.showChoices(model);
    this.next.show([model.next, model.experiments_known, this.night.variables], () => nextParts(model, this.night.variables));
    const marks = marksOf(model);
    const low = least(model.mean_nm), high = most(model.mean_nm);
    const sure = most(model.half_width_nm), likely = most(model.probability);
    const data = (rows: Grid, from: number, to: number, text: string): HeatMapData =>
      ({ x: model.x, y: model.y, rows, low: from, high: to > from ? to : from + 1, marks, text });
    const target = `${digits(model.target_nm, 6)} ± ${digits(model.tolerance_nm)} nm`;
    const [mean, width, probability] = this.maps;
    mean?.show({ ...data(model.mean_nm, low, high, `From ${digits(low)} to ${digits(high)} nm; the target is ${target}.`), level: model.target_nm });
    width?.show(data(model.half_width_nm, 0, sure, `Half of the 90 % interval, from ± ${digits(least(model.half_width_nm), 2)} to ± ${digits(sure, 2)} nm: darker is surer.`));
    probability?.show(data(model.probability, 0, Math.max(likely, 0.01), bestText(model, this.night.variables)));
  }

  /** Of several targets each may be looked at. */
  private showTargets(): void {
    const targets = this.night.campaign?.targets ?? [];
    this.target.show([targets.map(({ peak_nm, tolerance_nm }) => [peak_nm, tolerance_nm]), this.chosen.target], () => {
      if (targets.length < 2) return [];
      const options = targets.map(({ peak_nm, tolerance_nm }, i) =>
        element("option", { value: i + 1, selected: this.chosen.target === i + 1 }, `${digits(peak_nm, 6)} ± ${digits(tolerance_nm)} nm`));
      const field = element("select", { id: "map-target", onchange: () => {
        const { target, ...rest } = this.chosen;
        this.chosen = field.value === "" ? rest : { ...rest, target: Number(field.value) };
        this.load();
      } }, element("option", { value: "" }, "that of the next experiment"), ...options);
      return [element("span", { class: "choice" }, element("label", { for: "map-target" }, "target"), field)];
    });
  }

  private showChoices(model: ModelMap): void {
    const { variables } = this.night;
    const select = (label: string, id: string, chosen: string, set: (name: string) => void) => {
      const options = variables.filter((variable) => !variable.choices)
        .map((variable) => element("option", { value: variable.name, selected: variable.name === chosen }, heading(variable.name)));
      const field = element("select", { id, onchange: () => set(field.value) }, ...options);
      return element("span", { class: "choice" }, element("label", { for: id }, label), field);
    };
    const other = (taken: string, instead: string) => (taken === instead ? undefined : taken);
    this.axes.replaceChildren(
      select("across", "map-x", model.x.name, (name) => this.choose(name, other(model.y.name, name) ?? model.x.name)),
      select("upwards", "map-y", model.y.name, (name) => this.choose(other(model.x.name, name) ?? model.y.name, name)));
    const rest = variables.filter((variable) => variable.name !== model.x.name && variable.name !== model.y.name);
    this.sliders.replaceChildren(...rest.map((variable) => this.slider(variable, model.around[variable.name])));
  }

  private choose(x: string, y: string): void {
    this.chosen = { ...this.chosen, x, y };
    this.load();
  }

  private slider(variable: Variable, value: number | undefined): HTMLElement {
    const id = `map-${variable.name}`;
    const set = (to: number) => {
      this.chosen = { ...this.chosen, x: this.model?.x.name ?? "", y: this.model?.y.name ?? "", around: { ...this.chosen.around, [variable.name]: to } };
      this.load();
    };
    if (variable.choices) {
      const options = variable.choices.map((choice, i) => element("option", { value: i, selected: i === value }, choice));
      const field = element("select", { id, onchange: () => set(Number(field.value)) }, ...options);
      return element("span", { class: "choice" }, element("label", { for: id }, heading(variable.name)), field);
    }
    const now = value ?? variable.low;
    const shown = element("output", { for: id }, digits(now));
    const field = element("input", {
      id, type: "range", min: variable.low, max: variable.high, step: (variable.high - variable.low) / sliderSteps || "any",
      oninput: () => {
        shown.textContent = digits(field.valueAsNumber);
        set(field.valueAsNumber);
      },
    });
    field.value = String(now);
    return element("span", { class: "choice" }, element("label", { for: id }, `${heading(variable.name)} `, shown), field);
  }

  private point(column: number, row: number): void {
    const { model } = this;
    if (!model) return;
    for (const one of this.maps) one.place(column, row);
    const mean = model.mean_nm[row]?.[column] ?? NaN, half = model.half_width_nm[row]?.[column] ?? NaN;
    this.place.textContent = `${place(model, model.x.values[column] ?? NaN, model.y.values[row] ?? NaN, this.night.variables)}: `
      + `${digits(mean)} ± ${digits(half, 2)} nm (90 %), meets the target with ${percent(model.probability[row]?.[column] ?? 0)}`;
  }
}

function nextParts(model: ModelMap, variables: Variable[]): Child[] {
  const learned = `The model knows ${model.experiments_known} experiments.`;
  if (!model.next) return [card("Next", element("p", {}, `No next experiment is chosen. ${learned}`))];
  const { experiment, x, y, why } = model.next;
  return [card(`Next: experiment ${experiment}`,
    element("p", {}, `at ${place(model, x, y, variables)}${why ? `: ${why}` : ""}`), element("p", { class: "faint" }, learned))];
}

function place(model: ModelMap, x: number, y: number, variables: Variable[]): string {
  return `${setting(model.x.name, x, variables)}, ${setting(model.y.name, y, variables)}`;
}

function marksOf(model: ModelMap): Mark[] {
  const numbered = model.tried.length <= mostMarksWithNumbers;
  const tried = model.tried.map(({ experiment, x, y, outcome: how }): Mark =>
    ({ x, y, kind: how === "ok" ? "tried" : "failed", text: numbered ? String(experiment) : "" }));
  return model.next ? [...tried, { x: model.next.x, y: model.next.y, kind: "next", text: String(model.next.experiment) }] : tried;
}

function bestText(model: ModelMap, variables: Variable[]): string {
  let best = { share: -1, column: 0, row: 0 };
  for (const [row, values] of model.probability.entries())
    for (const [column, share] of values.entries()) if (share !== null && share > best.share) best = { share, column, row };
  return `Highest: ${percent(Math.max(0, best.share))} at ${place(model, model.x.values[best.column] ?? NaN, model.y.values[best.row] ?? NaN, variables)}.`;
}

const known = (rows: Grid) => rows.flat().filter((value): value is number => value !== null);
const least = (rows: Grid) => Math.min(...known(rows));
const most = (rows: Grid) => Math.max(...known(rows));
