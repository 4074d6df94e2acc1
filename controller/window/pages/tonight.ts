// The night at one glance: is it fine, what is wanted, what came, what goes on, what is left.

import type { Campaign, Experiment, Feed, Sentence, Target, Variable, Verdict } from "./documents";
import { bar, button, card, element, facts, part, put, sign, type Child } from "./elements";
import { LineChart, type ChartPlan } from "./line_chart";
import type { Night } from "./night";
import type { Page } from "./page";
import { acknowledge, steeringCard } from "./steering";
import { sayVerdict, verdictOf, verdictWord } from "./verdict";
import { clock, counted, date, digits, duration, plain, setting, withError } from "./words";

const peaks: ChartPlan = {
  name: "Emission peak of each experiment", x: "experiment", y: "peak, nm", height: 240, whole: true,
  series: [{ label: "peak", look: 0, style: "points" }],
};

const mostTargetsAtLength = 3;
const firstSentences = 8;

export function tonight(night: Night): Page {
  return new Tonight(night);
}

class Tonight implements Page {
  readonly root = element("div", { class: "tonight" });
  private readonly verdict = part(element("section", { class: "verdict" }));
  private readonly spoken = part(element("p", { class: "spoken", role: "status", "aria-live": "polite" }));
  private readonly alarm = part(element("div", { role: "alert" }));
  private readonly cards = part(element("div", { class: "cards" }));
  private readonly steering = part(element("div"));
  private readonly journal = part(element("div"));
  private readonly chart = new LineChart(peaks);
  private readonly chartCard = card("Peaks so far", this.chart.root);
  private sentencesShown = firstSentences;

  constructor(private readonly night: Night) {
    const wide = element("div", { class: "columns" },
      element("div", {}, this.steering.root, this.chartCard), this.journal.root);
    put(this.root, this.spoken.root, this.verdict.root, this.alarm.root, this.cards.root, wide);
  }

  refresh(): void {
    const { campaign, connection } = this.night;
    if (!campaign) return;
    const said = { verdict: verdictOf(this.night), text: sayVerdict(campaign, connection) };
    this.verdict.show([said, campaign.state, campaign.why, this.minute(campaign)], () => this.verdictParts(said.verdict, said.text, campaign));
    this.verdict.root.dataset["verdict"] = said.verdict;
    this.spoken.show(said.text.replaceAll(/\d+/g, ""), () => [`${verdictWord(said.verdict)}. ${said.text}`]);  // a count of seconds is not read out anew
    const alarm = campaign.alarm;
    this.alarm.show([alarm, this.night.canAct], () => (alarm ? [this.alarmParts(alarm)] : []));
    const { now_s, length_s, quiet_s, ...steady } = campaign;
    this.cards.show([steady, this.night.variables],
      () => (campaign.origin === "import" ? [importedCard(campaign)]
        : [targetsCard(campaign.targets, campaign.ended), progressCard(campaign), nowCard(campaign, this.night.variables), reagentsCard(campaign.feeds)]));
    this.steering.show([this.night.canAct, campaign.state, campaign.budget, campaign.targets],
      () => (this.night.canAct ? [steeringCard(campaign)] : []));
    this.showJournal();
    this.showPeaks(campaign.targets);
  }

  close(): void {
    this.chart.close();
  }

  /** Time in steps that leave a reader in peace. */
  private minute(campaign: Campaign): number {
    return this.night.isReplay ? Math.floor(campaign.now_s) : Math.floor(campaign.now_s / 60);
  }

  private verdictParts(verdict: Verdict | "unknown", text: string, campaign: Campaign): Child[] {
    if (campaign.origin === "import")
      return [sign(verdict), element("div", {}, element("p", { class: "word" }, verdictWord(verdict)), element("p", { class: "sentence" }, text),
        element("p", { class: "faint" }, campaign.name))];
    const state = campaign.why ? `${campaign.state}: ${campaign.why}` : campaign.state;
    const whole_s = 60 * Math.floor(campaign.now_s / 60);
    const minutes = whole_s === 0 ? "just begun" : campaign.ended ? `${duration(whole_s)} long` : `${duration(whole_s)} after the start`;
    const time = this.night.isReplay ? `at ${clock(campaign.now_s)} of the night` : minutes;
    return [sign(verdict), element("div", {},
      element("p", { class: "word" }, verdictWord(verdict)),
      element("p", { class: "sentence" }, text),
      element("p", { class: "faint" }, `${campaign.name}, ${state}, ${time}`))];
  }

  private alarmParts(alarm: NonNullable<Campaign["alarm"]>): HTMLElement {
    const open = this.night.canAct && !alarm.acknowledged;
    return element("section", { class: alarm.acknowledged ? "alarm seen" : "alarm" },
      element("h2", {}, alarm.acknowledged ? "Alarm, acknowledged" : "Alarm"),
      element("p", {}, `${clock(alarm.time_s)}  ${alarm.what}`),
      open && element("p", {}, button("Acknowledge…", () => acknowledge(alarm.what), "main")));
  }

  private showJournal(): void {
    const { sentences } = this.night;
    this.journal.show([sentences, this.sentencesShown], () => {
      const shown = sentences.slice(-this.sentencesShown).reverse();
      const more = sentences.length > this.sentencesShown;
      return [card("What happened",
        shown.length === 0 ? element("p", { class: "faint" }, "Nothing happened yet.") : element("ol", { class: "journal", reversed: true }, ...shown.map(line)),
        more && button("Earlier", () => {
          this.sentencesShown *= 4;
          this.showJournal();
        }))];
    });
  }

  private showPeaks(targets: Target[]): void {
    const measured = (this.night.experiments?.experiments ?? []).filter((row) => row.observed["peak_nm"] !== undefined);
    this.chartCard.hidden = measured.length === 0;
    if (measured.length === 0) return;
    const peak = (row: Experiment) => row.observed["peak_nm"]?.value ?? null;
    const errors = measured.map((row) => row.observed["peak_nm"]?.se ?? null);
    this.chart.replan({ ...peaks, series: [{ label: "peak", look: 0, style: "points", errors }] });
    const last = measured[measured.length - 1];
    const value = last?.observed["peak_nm"];
    const open = targets.filter((target) => !target.given_up);
    const text = `${counted(measured.length, "peak")}; the last, of experiment ${last?.experiment}, at `
      + `${value ? withError(value.value, value.se) : "?"} nm.${open.length > 0 ? ` Grey: ${open.length > mostTargetsAtLength ? "the targets" : open.map(targetText).join(", ")}.` : ""}`;
    this.chart.show(measured.map((row) => row.experiment), [measured.map(peak)], text,
      open.map((target) => ({ low: target.peak_nm - target.tolerance_nm, high: target.peak_nm + target.tolerance_nm })));
  }
}

function targetText(target: Target): string {
  return `${digits(target.peak_nm, 6)} ± ${digits(target.tolerance_nm)} nm`;
}

function targetsCard(targets: Target[], ended: boolean): HTMLElement {
  const reached = targets.filter((target) => target.reached_at !== undefined).length;
  const title = targets.length === 1 ? "Target" : `Targets: ${reached} of ${targets.length} reached`;
  const many = targets.length > mostTargetsAtLength;
  const made = card(title, element("ul", { class: "targets" }, ...targets.map((target) => targetItem(target, ended, many))));
  made.classList.toggle("many", many);
  return made;
}

function targetItem(target: Target, ended: boolean, short: boolean): HTMLElement {
  const state = target.reached_at !== undefined ? "done" : target.given_up ? "trouble" : "unknown";
  const reached = short ? "reached" : `reached by experiment ${target.reached_at}`;
  const words = target.reached_at !== undefined ? reached : target.given_up ? "given up" : ended ? "not reached" : "not reached yet";
  const { nearest } = target;
  return element("li", {},
    element("p", { class: "number" }, targetText(target)),
    element("p", { class: `state ${state}` }, state === "done" ? "✓ " : state === "trouble" ? "✕ " : "○ ", words),
    nearest && element("p", {}, `${short ? "" : "nearest "}${withError(nearest.peak_nm, nearest.peak_nm_se)} nm, experiment ${nearest.experiment}`,
      !short && `, ${offTarget(nearest.peak_nm - target.peak_nm)}`),
    target.fwhm_max_meV !== undefined && element("p", { class: "faint" }, `no wider than ${digits(target.fwhm_max_meV)} meV`));
}

function offTarget(difference_nm: number): string {
  const side = difference_nm < 0 ? "below" : "above";
  return `${digits(Math.abs(difference_nm), 2)} nm ${side} the target`;
}

/** No campaign was run: there was no target, no budget and no bench. */
function importedCard(campaign: Campaign): HTMLElement {
  return card("Imported", element("p", { class: "number" }, counted(campaign.finished, "experiment")), facts([["imported", date(campaign.started)]]));
}

function progressCard(campaign: Campaign): HTMLElement {
  const left = campaign.expected_left_s;
  return card("Progress",
    element("p", { class: "number" }, `${campaign.finished} of ${counted(campaign.budget, "experiment")}`),
    bar(campaign.budget > 0 ? campaign.finished / campaign.budget : 0, "Share of the budget that is spent"),
    facts([
      ["failed", campaign.failed === 0 ? "none" : String(campaign.failed)],
      ["time left", campaign.ended ? "none, it has ended" : campaign.state === "stopping" ? "until it has cooled down" : left === undefined ? "not known yet" : `at most about ${duration(left)}`],
      ["began", date(campaign.started)],
      ...(campaign.status ? [["came out as", plain(campaign.status)] as [string, string]] : []),
    ]));
}

function nowCard(campaign: Campaign, variables: Variable[]): HTMLElement {
  if (campaign.ended) return card("Now", element("p", {}, "The campaign has ended."));
  const rows = Object.entries(campaign.conditions).map(([name, value]) => element("li", {}, setting(name, value, variables)));
  const experiment = campaign.experiment === undefined ? "no experiment at hand" : `experiment ${campaign.experiment}`;
  return card("Now", element("p", { class: "number" }, experiment), campaign.step !== "" && element("p", {}, campaign.step),
    campaign.target_C !== undefined && element("p", {}, `heater to ${digits(campaign.target_C)} °C`),
    rows.length > 0 && element("ul", { class: "settings" }, ...rows));
}

function reagentsCard(feeds: Feed[]): HTMLElement {
  if (feeds.length === 0) return card("Reagents", element("p", { class: "faint" }, "Nothing is known of the syringes yet."));
  return card("Reagents", element("ul", { class: "feeds" }, ...feeds.map((feed) => element("li", {},
    element("span", {}, feed.stock),
    element("span", { class: "amount" }, `${digits(feed.left_mL, 3)} of ${digits(feed.syringe_mL, 3)} mL left`),
    bar(feed.syringe_mL > 0 ? feed.left_mL / feed.syringe_mL : 0, `${feed.stock} left`, true),
    element("span", { class: "faint" }, `${digits(feed.flow_uL_min, 3)} µL/min, ${digits(feed.used_mL, 3)} mL used`)))));
}

function line(sentence: Sentence): HTMLElement {
  return element("li", { class: sentence.alarm ? "warned" : "" }, element("span", { class: "time" }, clock(sentence.time_s)),
    element("span", {}, sentence.alarm ? `Alarm: ${sentence.text}` : sentence.text));
}
