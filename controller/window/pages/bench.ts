// Every instrument: what it reads, within which limits, and how that moved.

import type { Bench, Reading, Trend } from "./documents";
import { card, element, notice, part, put } from "./elements";
import { latestOnly } from "./latest_only";
import { LineChart, type ChartPlan } from "./line_chart";
import { pause, type Change, type Night } from "./night";
import type { Page } from "./page";
import { clock, digits, heading, percent, plain, quantity } from "./words";

const look_ms = 2000, trendEvery = 5;  // looks
const trendPoints = 600;

export function bench(night: Night): Page {
  return new BenchPage(night);
}

class BenchPage implements Page {
  readonly root = element("div");
  private readonly message = part(element("div", { "aria-live": "polite" }));
  private readonly instruments = element("div", { class: "instruments" });
  private readonly interlocks = part(element("div"));
  private readonly get = latestOnly();
  private readonly closed = new AbortController();
  private readonly shown = new Map<string, ReadingRow>();
  private layout = "";
  private trendsAreOld = true;

  constructor(private readonly night: Night) {
    put(this.root, this.message.root, this.interlocks.root, this.instruments);
    void this.keepLooking();
  }

  refresh(changes: ReadonlySet<Change>): void {
    if (!this.night.campaign || !(changes.has("scene") || changes.has("connection"))) return;
    this.look(this.layout === "");
    this.trendsAreOld = true;
  }

  close(): void {
    this.closed.abort();
    this.get.stop();
    for (const row of this.shown.values()) row.close();
  }

  private async keepLooking(): Promise<void> {
    for (let looks = 1; !this.closed.signal.aborted; ++looks) {
      try {
        await pause(look_ms, this.closed.signal);
      } catch {
        return;
      }
      if (document.hidden || !this.night.campaign) continue;
      if (this.night.connection.state === "live") this.look(looks % trendEvery === 0);
      else if (this.trendsAreOld) this.look(true);
    }
  }

  private look(withTrends: boolean): void {
    if (this.night.campaign?.origin === "import")
      return this.message.show("import", () => [notice("Imported experiments say nothing of their bench.")]);
    this.get.ask<Bench>("/bench", this.night.parameters, (bench) => this.show(bench, withTrends),
      (refusal) => this.message.show(refusal.message, () => [notice(refusal.message)]));
  }

  private show(bench: Bench, withTrends: boolean): void {
    const none = bench.instruments.every((instrument) => instrument.readings.length === 0);
    this.message.show(none, () => (none ? [notice("Nothing was read from the instruments yet. The supervisor reads them from the start of the campaign on.")] : []));
    const layout = JSON.stringify(bench.instruments.map((one) => [one.name, one.identity, one.alarm, one.readings.map(keyOf)]));
    if (layout !== this.layout) this.lay(bench, layout);
    if (withTrends) this.trendsAreOld = false;
    const now_s = this.night.campaign?.now_s ?? 0;
    for (const reading of bench.instruments.flatMap((one) => one.readings)) this.shown.get(keyOf(reading))?.show(reading, now_s, withTrends);
    this.interlocks.show(bench.interlocks, () => (bench.interlocks.length > 0 ? [interlockCard(bench.interlocks)] : []));
  }

  private lay(bench: Bench, layout: string): void {
    this.layout = layout;
    for (const row of this.shown.values()) row.close();
    this.shown.clear();
    this.instruments.replaceChildren(...bench.instruments.map((instrument) => {
      const rows = instrument.readings.map((reading) => {
        const row = new ReadingRow(this.night, reading);
        this.shown.set(keyOf(reading), row);
        return row.root;
      });
      return card(instrument.name, instrument.identity !== undefined && element("p", { class: "faint" }, instrument.identity),
        instrument.alarm !== undefined && element("p", { class: "state trouble" }, `✕ ${instrument.alarm}`),
        ...(rows.length > 0 ? rows : [element("p", { class: "faint" }, "no readings")]));
    }));
  }
}

const keyOf = (reading: Reading) => `${reading.quantity} ${reading.name}`;

/** One quantity of one instrument, with its trend once it is on the screen. */
class ReadingRow {
  readonly root: HTMLElement;
  private readonly value = element("span", { class: "number" });
  private readonly limits = element("span");
  private readonly chart: LineChart;
  private readonly get = latestOnly();
  private readonly seen: IntersectionObserver;
  private visible = false;
  private stale = true;

  constructor(private readonly night: Night, private readonly reading: Reading) {
    const label = quantity(reading.quantity).label;
    this.chart = new LineChart(this.plan(false));
    this.root = element("div", { class: "reading" },
      element("p", {}, element("span", { class: "label" }, plain(label)), this.value, this.limits), this.chart.root);
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.some((entry) => entry.isIntersecting);
      if (this.visible && this.stale) this.loadTrend();
    });
    this.seen.observe(this.root);
  }

  show(reading: Reading, now_s: number, withTrend: boolean): void {
    const outside = (reading.low !== undefined && reading.value < reading.low) || (reading.high !== undefined && reading.value > reading.high);
    this.value.textContent = valueText(reading.value, reading.unit);
    this.limits.className = outside ? "state trouble" : "faint";
    const age_s = now_s - reading.time_s;
    this.limits.textContent = [outside ? "✕ outside its limits" : "", limitText(reading),
      reading.target === undefined ? "" : `wanted ${valueText(reading.target, reading.unit)}`,
      age_s > 30 ? `read at ${clock(reading.time_s)}` : ""].filter((text) => text !== "").join(", ");
    if (!withTrend) return;
    this.stale = true;
    if (this.visible) this.loadTrend();
  }

  close(): void {
    this.seen.disconnect();
    this.get.stop();
    this.chart.close();
  }

  private plan(withTarget: boolean): ChartPlan {
    const { reading } = this;
    const y = heading(reading.quantity), unit = reading.unit === "" ? "%" : reading.unit;
    const values = { label: "read", look: 0, style: "line" } as const, wanted = { label: "wanted", look: 1, style: "dashed" } as const;
    return {
      name: `${plain(quantity(reading.quantity).label)} of ${reading.name} over the night`, x: "time, h", height: 175,
      y: y.includes(unit) ? y : `${y}, ${unit}`, series: withTarget ? [values, wanted] : [values],
    };
  }

  private loadTrend(): void {
    this.stale = false;
    const parameters = { ...this.night.parameters, quantity: this.reading.quantity, name: this.reading.name, points: trendPoints };
    this.get.ask<Trend>("/trend", parameters, (trend) => {
      const values = trend.value.filter((value): value is number => value !== null);
      const text = values.length === 0 ? "No readings."
        : `Between ${valueText(Math.min(...values), trend.unit)} and ${valueText(Math.max(...values), trend.unit)}.`;
      const scaled = trend.unit === "" ? trend.value.map((value) => (value === null ? null : 100 * value)) : trend.value;
      this.chart.replan(this.plan(trend.target !== undefined));
      this.chart.show(trend.time_s.map((time_s) => time_s / 3600), trend.target ? [scaled, trend.target] : [scaled], text);
    }, () => (this.stale = true));
  }
}

/** A share, which has no unit, in percent. */
function valueText(value: number, unit: string): string {
  return unit === "" ? percent(value) : `${digits(value)} ${unit}`;
}

function limitText({ low, high, unit }: Reading): string {
  if (low !== undefined && high !== undefined) return `limits ${digits(low)} to ${digits(high)} ${unit}`;
  if (high !== undefined) return `limit ${digits(high)} ${unit}`;
  return low === undefined ? "" : `at least ${digits(low)} ${unit}`;
}

function interlockCard(interlocks: Bench["interlocks"]): HTMLElement {
  const rows = interlocks.map(({ signal, when, action, unit, value, ok }) => element("tr", {},
    element("th", { scope: "row", "data-label": "signal" }, signal),
    element("td", { "data-label": "trips" }, when), element("td", { "data-label": "then" }, action),
    element("td", { "data-label": "now" }, value === undefined ? "not read yet" : `${digits(value)} ${unit}`.trim()),
    element("td", { "data-label": "state" }, element("span", { class: ok ? "state done" : "state trouble" }, ok ? "✓ quiet" : "✕ tripped"))));
  const heads = ["signal", "trips", "then", "now", "state"].map((text) => element("th", { scope: "col" }, text));
  return card("Interlocks", element("div", { class: "scroll stacked", tabindex: 0, role: "region", "aria-label": "Interlocks" },
    element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))));
}
