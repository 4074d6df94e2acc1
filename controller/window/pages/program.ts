// The frame around the pages: which one is shown, of which night, and what is said when there is none.

import { addressOf, placeOf } from "./address";
import { Bars } from "./bars";
import { bench } from "./bench";
import { watchPaper } from "./colours";
import { design } from "./design";
import { askForToken } from "./dialogs";
import { button, element, notice, part, sign, type Child } from "./elements";
import { experiments } from "./experiments";
import { map } from "./map";
import { Night, type Change, type Scene } from "./night";
import type { Page, PageKind } from "./page";
import { replay } from "./replay";
import { setTokenQuestion, watchBuild } from "./server";
import { spectra } from "./spectra";
import { tonight } from "./tonight";
import { Transport } from "./transport";
import { verdictOf, verdictWord } from "./verdict";

const kinds: PageKind[] = [
  { name: "tonight", title: "Tonight", make: tonight },
  { name: "spectra", title: "Spectra", make: spectra },
  { name: "map", title: "Map", make: map },
  { name: "bench", title: "Bench", make: bench },
  { name: "experiments", title: "Experiments", make: experiments },
  { name: "design", title: "Design", make: design },
  { name: "replay", title: "Replay", make: replay },
];
const betweenAddresses_ms = 1000;
const onPhoneAtOnce = 4;  // the others are behind "More"
const all: ReadonlySet<Change> = new Set<Change>(["campaign", "journal", "experiments", "spectrum", "connection", "scene"]);

function holder(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

class Program {
  private readonly night = new Night();
  private readonly content = holder("content");
  private readonly bars = new Bars(holder("bars"), this.night);
  private readonly transport = new Transport(this.night, () => this.keepAddress());
  private readonly title = element("h1", { tabindex: -1 });
  private readonly chip = part(element("div"));
  private readonly instead = part(element("div", { role: "status" }));
  private readonly stage = element("div");
  private readonly links = kinds.map((kind, i) => element("a", { class: i < onPhoneAtOnce ? "" : "second" }, kind.title));
  private readonly navigation: HTMLElement;
  private kind = kinds[0] as PageKind;
  private page?: Page;
  private keeping: number | undefined;

  constructor() {
    const more = button("More", () => {
      const open = this.navigation.classList.toggle("open");
      more.setAttribute("aria-expanded", String(open));
    }, "more plain");
    more.setAttribute("aria-expanded", "false");
    this.navigation = element("nav", { "aria-label": "Pages" }, ...this.links, more);
    holder("head").append(this.navigation);
    this.content.replaceChildren(element("div", { class: "title" }, this.title, this.chip.root), this.instead.root, this.stage);
    holder("skip").addEventListener("click", (event) => {
      event.preventDefault();  // the address says which page is shown, and nothing else
      this.content.focus();
    });
    watchBuild(() => this.bars.sayOld());
    setTokenQuestion(askForToken);
    addEventListener("error", (event) => this.bars.sayBroken(event.message));
    addEventListener("unhandledrejection", (event) => this.bars.sayBroken(String(event.reason)));
    addEventListener("hashchange", () => this.go(true));
    watchPaper();
    const wake = () => {
      if (!document.hidden) this.night.wake();
    };
    document.addEventListener("visibilitychange", wake);
    addEventListener("pageshow", wake);
    addEventListener("online", wake);
    this.night.subscribe((changes) => this.refresh(changes));
    this.go(false);
  }

  /** To where the address says. */
  private go(byHand: boolean): void {
    const { page, scene } = placeOf(location.hash);
    const kind = kinds.find(({ name }) => name === page) ?? (kinds[0] as PageKind);
    this.navigation.classList.remove("open");
    if (kind !== this.kind || !this.page) {
      this.page?.close();
      this.kind = kind;
      this.title.textContent = kind.title;
      this.page = kind.make(this.night);
      this.stage.replaceChildren(this.page.root);
      if (byHand) this.title.focus({ preventScroll: true });
      if (byHand) scrollTo(0, 0);
    }
    if (!byHand || !sameScene(scene, this.night.scene)) this.night.open(scene);
    this.refresh(all);
  }

  /** The address follows the replay, so that reloading goes on there; browsers allow few changes of it. */
  private keepAddress(): void {
    this.keeping ??= window.setTimeout(() => {
      this.keeping = undefined;
      if (!this.night.isReplay) return;
      history.replaceState(null, "", addressOf(this.kind.name, this.night.scene));
      this.link();
    }, betweenAddresses_ms);
  }

  private link(): void {
    for (const [i, kind] of kinds.entries()) {
      const link = this.links[i];
      link?.setAttribute("href", addressOf(kind.name, this.night.scene));
      if (kind === this.kind) link?.setAttribute("aria-current", "page");
      else link?.removeAttribute("aria-current");
    }
    this.navigation.classList.toggle("second-here", kinds.indexOf(this.kind) >= onPhoneAtOnce);
  }

  private refresh(changes: ReadonlySet<Change>): void {
    const { campaign, connection } = this.night;
    this.link();
    this.bars.refresh();
    this.transport.refresh(holder("transport"));
    const usable = campaign !== undefined && connection.state !== "refused";
    const standsAlone = this.kind.name === "replay";
    this.stage.hidden = !usable && !standsAlone;
    this.instead.show(usable ? "" : connection, () => (usable ? [] : this.insteadParts()));
    this.showChip();
    document.title = campaign ? `${verdictWord(verdictOf(this.night))}: ${campaign.name}, ${this.kind.title}` : `${this.kind.title}, Nocturne`;
    this.page?.refresh(changes);
  }

  /** The verdict on every page that does not begin with it. */
  private showChip(): void {
    const verdict = verdictOf(this.night);
    const shown = this.night.campaign !== undefined && this.kind.name !== "tonight" && !this.stage.hidden;
    const href = addressOf("tonight", this.night.scene);
    this.chip.show([shown, verdict, href], () => (shown
      ? [element("a", { class: "chip", href, "data-verdict": verdict }, sign(verdict), verdictWord(verdict))] : []));
  }

  private insteadParts(): Child[] {
    const { connection } = this.night;
    if (connection.state === "lost" && connection.reason !== undefined)
      return [notice(`The program has no answer: ${connection.reason}. This page goes on trying.`)];
    if (connection.state === "lost")
      return [notice("The program does not answer. Is it still running, and is this device in its network? This page goes on trying.")];
    if (connection.state !== "refused") return [notice("Loading the night.")];
    const { status, title, detail } = connection.refusal;
    const again = button("Try again", () => this.night.tryNow(), "main");
    if (status === 401) return [notice("This night is only shown to those who have its token.", button("Enter the token", () => this.night.tryNow(), "main"))];
    const others = element("a", { class: "button", href: addressOf("replay", {}) }, "Which logs are there?");
    if (status === 404) return [notice("This log is not known here.", element("p", { class: "faint" }, detail), others)];
    return [notice(`${title}. ${detail}`, again, others)];
  }
}

function sameScene(a: Scene, b: Scene): boolean {
  return a.log === b.log && (a.at_s === undefined ? undefined : Math.round(a.at_s)) === (b.at_s === undefined ? undefined : Math.round(b.at_s));
}

new Program();
