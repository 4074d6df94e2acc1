// What stands above every page when something is out of the ordinary.

import { button, element, part, type Child } from "./elements";
import type { Night } from "./night";
import { date } from "./words";

export class Bars {
  private readonly connection = part(element("div", { role: "status" }));
  private readonly replay = part(element("div"));
  private readonly fixed = element("div", { role: "alert" });
  private failures = 0;

  constructor(holder: HTMLElement, private readonly night: Night) {
    holder.replaceChildren(this.fixed, this.connection.root, this.replay.root);
  }

  refresh(): void {
    const { connection, campaign, isReplay } = this.night;
    const isUncertain = connection.state === "lost" || connection.state === "checking";
    this.connection.show([isUncertain && connection, campaign?.ended], () => this.connectionParts());
    this.replay.show([isReplay, campaign?.name, campaign?.started], () => (isReplay
      ? [bar("replay", `△ Replay${campaign ? ` of ${campaign.name}, which began ${date(campaign.started)}` : ""}. This is not what happens now.`)] : []));
  }

  private connectionParts(): Child[] {
    const { connection, campaign } = this.night;
    if (connection.state !== "lost" && connection.state !== "checking") return [];
    const since = connection.since.toLocaleTimeString("en-GB");
    if (connection.state === "checking") return [bar("checking", `△ What is shown is of ${since}. Asking the program what happened since.`)];
    const what = connection.reason === undefined ? `✕ Connection lost since ${since}.` : `✕ The program has no answer: ${connection.reason}.`;
    const shown = campaign?.ended ? "The night is over, and stays as it is shown." : `What is shown is of ${since}.`;
    return [bar("lost", `${what} ${shown} The next try is within ${connection.again_s} s.`, button("Try now", () => this.night.tryNow()))];
  }

  /** These pages are of another build than the program. */
  sayOld(): void {
    if (this.fixed.querySelector(".old")) return;
    this.fixed.append(bar("old", "△ The program is of another version than this page. Reload to see everything as it is.",
      button("Reload", () => location.reload(), "main")));
  }

  /** Something that nobody foresaw. */
  sayBroken(what: string): void {
    if (++this.failures > 3) return;
    this.fixed.append(bar("broken", `✕ This page made a mistake (${what}). Reload it; if it comes again, tell whoever made it.`,
      button("Reload", () => location.reload())));
  }
}

function bar(kind: string, text: string, ...more: Child[]): HTMLElement {
  return element("div", { class: `bar-above ${kind}` }, element("p", {}, text), ...more);
}
