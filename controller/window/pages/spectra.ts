// The light that arrives: the newest spectrum while it arrives, or any earlier one.

import type { Spectrum, SpectrumEntry } from "./documents";
import { button, card, element, facts, notice, part, type Child } from "./elements";
import { LineChart, type ChartPlan, type Values } from "./line_chart";
import type { Change, Night } from "./night";
import type { Page } from "./page";
import { latestOnly } from "./latest_only";
import { clock, digits, percent, plain, withError } from "./words";

const emissionPlan: ChartPlan = {
  name: "Emission spectrum", x: "wavelength, nm", y: "emission, counts/s", height: 300,
  series: [{ label: "measured", look: 0, style: "line" }],
};
const fittedPlan: ChartPlan = {
  ...emissionPlan,
  series: [...emissionPlan.series, { label: "fit", look: 1, style: "dashed" }],
};
const absorbancePlan: ChartPlan = {
  name: "Absorbance spectrum", x: "wavelength, nm", y: "absorbance (log₁₀)", height: 300,
  series: [{ label: "absorbance", look: 2, style: "line" }],
};

type Reach = [number, number];  // nm
const smoothing = 8;  // pixels to either side
const around_nm = 60;

export function spectra(night: Night): Page {
  return new Spectra(night);
}

class Spectra implements Page {
  readonly root = element("div");
  private readonly emission = new LineChart(emissionPlan);
  private readonly absorbance = new LineChart(absorbancePlan);
  private readonly emissionCard = card("Emission (PL)", this.emission.root);
  private readonly absorbanceCard = card("Absorbance", this.absorbance.root);
  private readonly about = part(element("div"));
  private readonly message = part(element("div", { "aria-live": "polite" }));
  private readonly slider = element("input", { type: "range", min: 0, max: 0, step: 1, id: "which-spectrum", oninput: () => this.slide() });
  private readonly which = element("output", { for: "which-spectrum", class: "faint" });
  private readonly newest = element("input", { type: "checkbox", id: "newest", onchange: () => this.follow(this.newest.checked) });
  private readonly whole = element("input", { type: "checkbox", id: "whole", onchange: () => this.shown && this.show(this.shown) });
  private readonly history: HTMLElement;
  private readonly getList = latestOnly();
  private readonly getSpectrum = latestOnly();
  private list: SpectrumEntry[] = [];
  private following = true;
  private shown?: Spectrum;

  constructor(private readonly night: Night) {
    this.newest.checked = true;
    this.history = card("Which one", element("div", { class: "history" },
      button("◀ Earlier", () => this.go(-1)), button("Later ▶", () => this.go(1)),
      element("span", {}, this.newest, element("label", { for: "newest" }, "always the newest")),
      element("span", {}, this.whole, element("label", { for: "whole" }, "the whole range"))),
      element("label", { for: "which-spectrum" }, "All spectra of the night, from the first to the last"), this.slider, this.which);
    this.root.append(this.message.root, element("div", { class: "halves" }, this.emissionCard, this.absorbanceCard),
      element("div", { class: "halves" }, this.history, this.about.root));
    for (const hidden of [this.history, this.emissionCard, this.absorbanceCard]) hidden.hidden = true;
  }

  refresh(changes: ReadonlySet<Change>): void {
    if (changes.has("scene") || (changes.has("connection") && this.night.connection.state === "live")) this.loadList();
    const { spectrum } = this.night;
    if (changes.has("spectrum") && spectrum && !this.night.isReplay) {
      if (this.list[this.list.length - 1]?.seq !== spectrum.seq) this.list.push(spectrum);
      if (this.following) this.show(spectrum);
      this.showSlider();
    }
  }

  close(): void {
    this.emission.close();
    this.absorbance.close();
    this.getList.stop();
    this.getSpectrum.stop();
  }

  private loadList(): void {
    this.getList.ask<{ spectra: SpectrumEntry[] }>("/spectra", this.night.parameters, ({ spectra }) => {
      this.list = spectra;
      if (spectra.length === 0) return this.showNone();
      this.message.show("", () => []);
      const last = spectra.length - 1;
      if (this.following || Number(this.slider.value) > last) this.load(last);
      this.showSlider();
    }, (refusal) => this.say(refusal.message));
  }

  private showNone(): void {
    for (const hidden of [this.history, this.emissionCard, this.absorbanceCard]) hidden.hidden = true;
    this.about.show("", () => []);
    this.say(this.night.campaign?.ended ? "This night took no spectra."
      : "No spectrum yet. The first comes after heating and flushing, when the product of the first experiment arrives in the cell.");
  }

  private say(text: string): void {
    this.message.show(text, () => [notice(text)]);
  }

  private follow(follow: boolean): void {
    this.following = follow;
    this.newest.checked = follow;
    if (follow && this.list.length > 0) this.load(this.list.length - 1);
  }

  private slide(): void {
    this.follow(false);
    this.load(Number(this.slider.value));
  }

  private go(step: number): void {
    const at = Math.min(this.list.length - 1, Math.max(0, Number(this.slider.value) + step));
    this.slider.value = String(at);
    this.slide();
  }

  private showSlider(): void {
    this.history.hidden = this.list.length === 0;
    const last = this.list.length - 1;
    this.slider.max = String(last);
    if (this.following) this.slider.value = String(last);
    const at = Number(this.slider.value), entry = this.list[at];
    if (!entry) return;
    this.which.textContent = `Spectrum ${at + 1} of ${this.list.length}, at ${clock(entry.time_s)}, experiment ${entry.experiment}`;
    this.slider.setAttribute("aria-valuetext", this.which.textContent);
  }

  private load(at: number): void {
    const entry = this.list[at];
    if (!entry) return;
    this.slider.max = String(this.list.length - 1);
    this.slider.value = String(at);
    this.showSlider();
    this.getSpectrum.ask<Spectrum>(`/spectra/${entry.seq}`, this.night.parameters, (spectrum) => {
      this.message.show("", () => []);
      this.show({ ...entry, ...spectrum });
    }, (refusal) => this.say(refusal.message));
  }

  /** Where the light is, or all that the spectrometer sees. */
  private reach(): Reach | undefined {
    const { emission } = this.shown ?? {};
    return this.whole.checked || !emission ? undefined : lightOf(emission.wavelength_nm, emission.counts_per_s);
  }

  private show(spectrum: Spectrum): void {
    this.shown = spectrum;
    this.message.show("", () => []);
    this.history.hidden = false;
    this.about.show({ ...spectrum, emission: 0, absorbance: 0 }, () => aboutParts(spectrum));
    this.showEmission(spectrum);
    const { absorbance } = spectrum;
    this.absorbanceCard.hidden = !absorbance;
    if (!absorbance) return;
    const [, last] = this.reach() ?? [];
    const reach: Reach = [absorbance.wavelength_nm[0] ?? 0, last ?? absorbance.wavelength_nm[absorbance.wavelength_nm.length - 1] ?? 1];
    this.absorbance.replan({ ...absorbancePlan, reach });
    this.absorbance.show(absorbance.wavelength_nm, [absorbance.absorbance], `${extent(reach)}; ${highest(absorbance.absorbance, absorbance.wavelength_nm, "", reach)}.`);
  }

  private showEmission({ emission, fit }: Spectrum): void {
    this.emissionCard.hidden = !emission;
    if (!emission) return;
    const { wavelength_nm } = emission;
    const reach = this.reach() ?? [wavelength_nm[0] ?? 0, wavelength_nm[wavelength_nm.length - 1] ?? 1];
    this.emission.replan({ ...(fit ? fittedPlan : emissionPlan), reach });
    const lines: Values[] = [emission.counts_per_s];
    if (fit) lines.push(onto(emission.wavelength_nm, fit.wavelength_nm, fit.counts_per_s));
    const fitText = fit ? ` The fit: peak ${withError(fit.peak_nm, fit.peak_nm_se)} nm${fit.fwhm_meV === undefined ? "" : `, width ${digits(fit.fwhm_meV)} meV`}.` : "";
    this.emission.show(wavelength_nm, lines,
      `${extent(reach)}; ${highest(emission.counts_per_s, wavelength_nm, " counts/s", reach)}.${fitText}`);
  }
}

function aboutParts(spectrum: Spectrum): Child[] {
  const rows: [string, Child][] = [
    ["experiment", String(spectrum.experiment)], ["taken at", `${clock(spectrum.time_s)} of the night`], ["for", plain(spectrum.purpose)],
  ];
  if (spectrum.arrived !== undefined) rows.push(["of the product had arrived", percent(spectrum.arrived)]);
  if (spectrum.temperature_C !== undefined) rows.push(["temperature", `${digits(spectrum.temperature_C)} °C`]);
  if (spectrum.fit) rows.push(["peak", `${withError(spectrum.fit.peak_nm, spectrum.fit.peak_nm_se)} nm`]);
  return [card("This spectrum", facts(rows))];
}

/** The wavelengths around all that is brighter than a fiftieth of the brightest, smoothed against noise. */
function lightOf(wavelengths: number[], counts: number[]): Reach {
  const smooth = counts.map((_, i) => mean(counts.slice(Math.max(0, i - smoothing), i + smoothing + 1)));
  const brightest = Math.max(...smooth);
  const bright = wavelengths.filter((_, i) => (smooth[i] ?? 0) > brightest / 50);
  const first = wavelengths[0] ?? 0, last = wavelengths[wavelengths.length - 1] ?? 1;
  return [Math.max(first, (bright[0] ?? first) - around_nm), Math.min(last, (bright[bright.length - 1] ?? last) + around_nm)];
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function extent([first, last]: Reach): string {
  return `From ${digits(first, 3)} to ${digits(last, 3)} nm`;
}

function highest(values: Values, wavelengths: number[], unit: string, [first, last]: Reach): string {
  let at = -1;
  for (const [i, value] of values.entries()) {
    const x = wavelengths[i] ?? NaN;
    if (value !== null && x >= first && x <= last && (at < 0 || value > (values[at] ?? -Infinity))) at = i;
  }
  return at < 0 ? "nothing measured" : `highest ${digits(values[at] ?? NaN, 3)}${unit} at ${digits(wavelengths[at] ?? NaN)} nm`;
}

/** A curve at other places along x, within its own reach. */
function onto(places: number[], x: number[], y: number[]): Values {
  let i = 0;
  return places.map((place) => {
    while (i + 2 < x.length && (x[i + 1] ?? Infinity) < place) ++i;
    const x0 = x[i], x1 = x[i + 1], y0 = y[i], y1 = y[i + 1];
    if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined || place < x0 || place > x1) return null;
    return y0 + ((place - x0) / (x1 - x0)) * (y1 - y0);
  });
}
