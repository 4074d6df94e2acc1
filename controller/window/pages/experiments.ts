// Every experiment of the night as a table: filter it, sort it, compare some, take it along.

import type { Experiment, Experiments, Measured, Spectrum, SpectrumEntry } from "./documents";
import { button, card, element, notice, part, put, type Child } from "./elements";
import { LineChart, type ChartPlan, type Values } from "./line_chart";
import type { Night } from "./night";
import type { Page } from "./page";
import { ask, askText, Refusal } from "./server";
import { clock, counted, heading, outcome, outputHeading, percent, plain, settingValue, withError, withInterval } from "./words";

const mostCompared = 4;
const atOnce = 3;  // columns of a folded card
const downwards = " ▼";
const mostLookedAt = ["peak_nm", "fwhm_meV"];

interface Column {
  key: string;
  label: string;
  text: (row: Experiment) => string;
  order: (row: Experiment) => number | string;
}

export function experiments(night: Night): Page {
  return new ExperimentsPage(night);
}

class ExperimentsPage implements Page {
  readonly root = element("div");
  private readonly outcomes = element("select", { id: "which-outcome", onchange: () => this.show() });
  private readonly words = element("input", { id: "which-words", type: "search", placeholder: "any word", oninput: () => this.show() });
  private readonly order = element("select", { id: "sort-by", onchange: () => this.sortBy(this.order.value) });
  private readonly count = element("p", { class: "faint", role: "status" });
  private readonly table = part(element("div"));
  private readonly comparison = part(element("div"));
  private readonly message = element("p", { class: "wrong", role: "alert" });
  private readonly body: HTMLElement;
  private readonly empty = notice("No experiment was decided yet. The first follows once the bench is ready.");
  private readonly compared = new Set<number>();
  private readonly unfolded = new Set<number>();
  private sorted: { key: string; down: boolean } = { key: "experiment", down: false };
  private chart?: LineChart;
  private readonly closed = new AbortController();

  constructor(private readonly night: Night) {
    const choices = element("div", { class: "choices" },
      element("span", { class: "choice" }, element("label", { for: "which-outcome" }, "outcome"), this.outcomes),
      element("span", { class: "choice" }, element("label", { for: "which-words" }, "contains"), this.words),
      element("span", { class: "choice narrow-only" }, element("label", { for: "sort-by" }, "sorted by"), this.order),
      button("CSV file", () => void this.download()));
    this.body = element("div", {}, card("Filter", choices, this.message, this.count), this.comparison.root, this.table.root);
    put(this.root, this.empty, this.body);
  }

  refresh(): void {
    const known = this.night.experiments;
    if (!known) return;
    const none = known.experiments.length === 0;
    this.empty.hidden = !none;
    this.body.hidden = none;
    this.fillOutcomes(known.experiments);
    this.show();
  }

  close(): void {
    this.closed.abort();
    this.chart?.close();
  }

  private fillOutcomes(rows: Experiment[]): void {
    const all = ["", ...new Set(rows.map((row) => row.outcome))];
    if (this.outcomes.options.length === all.length) return;
    const chosen = this.outcomes.value;
    this.outcomes.replaceChildren(...all.map((one) => element("option", { value: one, selected: one === chosen }, one === "" ? "any" : outcome(one))));
  }

  /** Where the table is a list of cards there are no headings to press. */
  private fillOrder(columns: Column[]): void {
    const chosen = `${this.sorted.key}${this.sorted.down ? downwards : ""}`;
    const options = columns.flatMap(({ key, label }) => [{ value: key, text: `${label} ▲` }, { value: key + downwards, text: `${label} ▼` }]);
    if (this.order.options.length !== options.length)
      this.order.replaceChildren(...options.map(({ value, text }) => element("option", { value }, text)));
    this.order.value = chosen;
  }

  private sortBy(value: string): void {
    const down = value.endsWith(downwards);
    this.sorted = { key: down ? value.slice(0, -downwards.length) : value, down };
    this.show();
  }

  private show(): void {
    const known = this.night.experiments;
    if (!known) return;
    const columns = columnsOf(known);
    this.fillOrder(columns);
    const rows = this.chosen(known.experiments, columns);
    this.count.textContent = `${rows.length} of ${counted(known.experiments.length, "experiment")}. Tick up to ${mostCompared} to compare them.`;
    this.table.show([rows, this.sorted, [...this.compared], [...this.unfolded]], () => [this.tableOf(columns, rows)]);
    this.showComparison(known);
  }

  private chosen(rows: Experiment[], columns: Column[]): Experiment[] {
    const word = this.words.value.trim().toLowerCase();
    const column = columns.find(({ key }) => key === this.sorted.key) ?? columns[0];
    const kept = rows.filter((row) => (this.outcomes.value === "" || row.outcome === this.outcomes.value)
      && (word === "" || [...columns.map(({ text }) => text(row)), row.why ?? "", row.detail ?? ""].some((text) => text.toLowerCase().includes(word))));
    const sign = this.sorted.down ? -1 : 1;
    return kept.sort((a, b) => {
      const x = column?.order(a) ?? 0, y = column?.order(b) ?? 0;
      return sign * (x < y ? -1 : x > y ? 1 : 0);
    });
  }

  private tableOf(columns: Column[], rows: Experiment[]): HTMLElement {
    const heads = columns.map(({ key, label }) => {
      const here = this.sorted.key === key;
      const arrow = here ? (this.sorted.down ? " ▼" : " ▲") : "";
      return element("th", { scope: "col", "aria-sort": here ? (this.sorted.down ? "descending" : "ascending") : undefined },
        button(`${label}${arrow}`, () => {
          this.sorted = { key, down: here && !this.sorted.down };
          this.show();
        }, "plain"));
    });
    const body = rows.map((row) => element("tr", { class: this.rowClass(row) },
      ...columns.map(({ label, text }, i) => {
        const cell = text(row);
        if (i === 0) return element("th", { "data-label": label, scope: "row" }, this.tick(row, cell), this.fold(row));
        return element("td", { "data-label": label, class: [cell === "–" && "none", i >= atOnce && "further"].filter(Boolean).join(" ") }, cell);
      })));
    return element("div", { class: "scroll stacked pinned", tabindex: 0, role: "region", "aria-label": "Experiments" },
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body)));
  }

  private rowClass(row: Experiment): string {
    return [this.compared.has(row.experiment) && "chosen", !this.unfolded.has(row.experiment) && "folded"].filter(Boolean).join(" ");
  }

  /** Shows all of a card. */
  private fold(row: Experiment): HTMLElement {
    const open = this.unfolded.has(row.experiment);
    const made = button(open ? "Less" : "More", () => {
      if (open) this.unfolded.delete(row.experiment);
      else this.unfolded.add(row.experiment);
      this.show();
    }, "narrow-only");
    made.setAttribute("aria-expanded", String(open));
    made.setAttribute("aria-label", `${open ? "less" : "more"} of experiment ${row.experiment}`);
    return made;
  }

  private tick(row: Experiment, label: string): HTMLElement {
    const chosen = this.compared.has(row.experiment);
    const box = element("input", {
      type: "checkbox", checked: chosen, disabled: !chosen && this.compared.size >= mostCompared, "aria-label": `experiment ${row.experiment}: compare`,
      onchange: () => {
        if (box.checked) this.compared.add(row.experiment);
        else this.compared.delete(row.experiment);
        this.show();
      },
    });
    return element("label", { class: "tick" }, box, label);
  }

  private showComparison(known: Experiments): void {
    const rows = known.experiments.filter((row) => this.compared.has(row.experiment));
    this.comparison.show(rows, () => {
      this.chart?.close();
      delete this.chart;
      if (rows.length < 2) return [];
      const holder = element("div");
      void this.overlay(rows, holder);
      return [card(`Experiments ${rows.map((row) => row.experiment).join(", ")} side by side`, element("div", { class: "halves" }, comparisonTable(known, rows), holder))];
    });
  }

  /** The last emission spectrum of each, on one pair of axes. */
  private async overlay(rows: Experiment[], holder: HTMLElement): Promise<void> {
    try {
      const parameters = this.night.parameters, { signal } = this.closed;
      const { spectra } = await ask<{ spectra: SpectrumEntry[] }>("/spectra", parameters, signal);
      const last = rows.map((row) => spectra.filter((one) => one.experiment === row.experiment && one.roles?.includes("emission") !== false).pop());
      const found = last.filter((one): one is SpectrumEntry => one !== undefined);
      const taken = await Promise.all(found.map((one) => ask<Spectrum>(`/spectra/${one.seq}`, parameters, signal)));
      const withLight = taken.filter((one) => one.emission !== undefined);
      const x = withLight[0]?.emission?.wavelength_nm;
      if (!x || !holder.isConnected) return;
      const plan: ChartPlan = {
        name: "Last emission spectrum of each", x: "wavelength, nm", y: "emission, counts/s", height: 280,
        series: withLight.map((one, i) => ({ label: `experiment ${one.experiment}`, look: i, style: i % 2 === 0 ? "line" : "dashed" })),
      };
      this.chart?.close();
      this.chart = new LineChart(plan);
      holder.replaceChildren(this.chart.root);
      const lines = withLight.map((one): Values => one.emission?.counts_per_s ?? []);
      this.chart.show(x, lines, "The last emission spectrum of each experiment.");
    } catch (error) {
      if (this.closed.signal.aborted) return;
      holder.replaceChildren(notice(error instanceof Error ? error.message : "The spectra could not be read."));
    }
  }

  private async download(): Promise<void> {
    this.message.textContent = "";
    try {
      const text = await askText("/experiments.csv", this.night.parameters);
      const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
      const name = (this.night.campaign?.name ?? "night").replace(/[^A-Za-z0-9_-]+/g, "_");
      element("a", { href: address, download: `${name}_experiments.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      this.message.textContent = `No file: ${error instanceof Refusal ? error.message : "the program does not answer."}`;
    }
  }
}

function measuredText(measured: Measured | undefined): string {
  if (!measured) return "–";
  if (measured.low !== undefined && measured.high !== undefined) return withInterval(measured.value, measured.low, measured.high);
  return withError(measured.value, measured.se);
}

function namesOf(rows: Experiment[], of: (row: Experiment) => Record<string, unknown> | undefined): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(of(row) ?? {})))];
}

function columnsOf({ variables, experiments: rows }: Experiments): Column[] {
  const settings = variables.length > 0 ? variables.map(({ name }) => name) : namesOf(rows, (row) => row.conditions);
  const outputs = namesOf(rows, (row) => row.observed);
  const first = mostLookedAt.filter((name) => outputs.includes(name));
  const absent = -Infinity;
  const measured = (name: string): Column => ({
    key: `observed ${name}`, label: outputHeading(name), text: (row) => measuredText(row.observed[name]), order: (row) => row.observed[name]?.value ?? absent,
  });
  return [
    { key: "experiment", label: "experiment", text: (row) => String(row.experiment), order: (row) => row.experiment },
    { key: "outcome", label: "outcome", text: (row) => outcome(row.outcome), order: (row) => row.outcome },
    ...first.map(measured),
    ...settings.map((name): Column => ({
      key: `setting ${name}`, label: heading(name), text: (row) => settingValue(name, row.conditions[name], variables), order: (row) => row.conditions[name] ?? absent,
    })),
    { key: "probability", label: "probability before", text: (row) => (row.probability === undefined ? "–" : percent(row.probability)), order: (row) => row.probability ?? absent },
    { key: "finished", label: "finished at", text: (row) => (row.finished_s === undefined ? "–" : clock(row.finished_s)), order: (row) => row.finished_s ?? Infinity },
    ...outputs.filter((name) => !first.includes(name)).map(measured),
  ];
}

function comparisonTable({ variables }: Experiments, rows: Experiment[]): HTMLElement {
  const line = (label: string, cells: string[]) => element("tr", { class: new Set(cells).size > 1 ? "" : "same" },
    element("th", { scope: "row" }, label), ...cells.map((cell) => element("td", {}, cell)));
  const lines: Child[] = [
    line("outcome", rows.map((row) => outcome(row.outcome) + (row.detail ? `: ${plain(row.detail)}` : ""))),
    ...variables.map(({ name }) => line(heading(name), rows.map((row) => settingValue(name, row.conditions[name], variables)))),
    ...namesOf(rows, (row) => row.observed).map((name) => line(`measured ${outputHeading(name)}`, rows.map((row) => measuredText(row.observed[name])))),
    ...namesOf(rows, (row) => row.predicted).map((name) => line(`expected ${outputHeading(name)} (90 %)`, rows.map((row) => {
      const expected = row.predicted?.[name];
      return expected ? withInterval(expected.mean, expected.low, expected.high) : "–";
    }))),
    line("why", rows.map((row) => row.why ?? "–")),
  ];
  const heads = ["", ...rows.map((row) => `experiment ${row.experiment}`)].map((text) => element("th", { scope: "col" }, text));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Comparison" },
    element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines)));
}
