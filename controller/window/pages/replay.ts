// Every log there is, to be looked at again from its beginning.

import type { LogEntry } from "./documents";
import { addressOf } from "./address";
import { card, element, notice, part, type Child } from "./elements";
import { latestOnly } from "./latest_only";
import type { Change, Night } from "./night";
import type { Page } from "./page";
import { date, duration, plain } from "./words";

export function replay(night: Night): Page {
  return new ReplayPage(night);
}

class ReplayPage implements Page {
  readonly root = element("div");
  private readonly logs = part(element("div", { "aria-live": "polite" }));
  private readonly get = latestOnly();

  constructor(private readonly night: Night) {
    this.root.append(this.logs.root);
    this.logs.show("busy", () => [notice("Looking for logs.")]);
    this.load();
  }

  refresh(changes: ReadonlySet<Change>): void {
    if (changes.has("connection") && this.night.connection.state !== "lost") this.load();
  }

  close(): void {
    this.get.stop();
  }

  private load(): void {
    this.get.ask<{ logs: LogEntry[] }>("/logs", {}, ({ logs }) => this.logs.show([logs, this.night.scene.log], () => this.parts(logs)),
      (refusal) => this.logs.show(refusal.message, () => [notice(refusal.message)]));
  }

  private parts(logs: LogEntry[]): Child[] {
    if (logs.length === 0) return [notice("There is no log. The program knows those beside the served one with --library FOLDER.")];
    return [element("p", {}, "A replay shows every page as it stood at any time of a night. Nothing can be asked of a campaign there."),
      element("ul", { class: "logs" }, ...logs.map((log) => element("li", {}, this.log(log))))];
  }

  private log(log: LogEntry): HTMLElement {
    const here = this.night.scene.log === log.id;
    if (log.problem !== undefined) return card(log.file, element("p", { class: "state trouble" }, `✕ cannot be read: ${log.problem}`));
    const length_s = log.length_s ?? 0;
    const about = [date(log.started ?? ""), `${duration(length_s)} long`, plain(log.origin ?? ""), log.file].filter((text) => text !== "");
    return card(log.name ?? log.file, element("p", { class: "faint" }, about.join(", ")),
      log.live && element("p", { class: "state done" }, "● running now"), here && element("p", { class: "state look" }, "△ shown here as a replay"),
      element("p", { class: "buttons" },
        element("a", { class: "button main", href: addressOf("tonight", { log: log.id, at_s: 0 }) }, "Play from the start"),
        element("a", { class: "button", href: addressOf("tonight", { log: log.id, at_s: Math.floor(length_s) }) }, log.live ? "See it as it is now" : "See its end")));
  }
}
