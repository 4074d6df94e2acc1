// What is known of the night that is looked at, live or as it stood at some time, and who wants to know of changes.

import type { Campaign, Experiment, Experiments, ProblemDocument, Sentence, Spectrum, Variable } from "./documents";
import { Refusal, Silence, ask, listen, shortPatience_ms, type Parameters } from "./server";

/** Which night, and when: nothing = the served one, now. */
export interface Scene {
  log?: string;
  at_s?: number;
}

export type Change = "campaign" | "journal" | "experiments" | "spectrum" | "connection" | "scene";

export type Connection =
  | { state: "loading" }
  | { state: "live" }  // news come by themselves
  | { state: "still" }  // nothing more is going to happen: a finished night, or a replay
  | { state: "checking"; since: Date }  // the device was asleep, and what is shown is so old
  | { state: "lost"; since: Date; again_s: number; reason?: string }  // no answer, or one that says why there is none
  | { state: "refused"; refusal: Refusal };

const firstPause_s = 1, longestPause_s = 30;
const lookAgain_ms = 15_000;  // at a night that nobody runs: it may be resumed
const betweenMoves_ms = 400;  // while a replay plays
const stillCurrent_ms = 12_000;  // a sign of life comes every 10 s
const mostSentences = 200;

/** Waits, unless the signal comes first, which ends it with an exception. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

export class Night {
  campaign?: Campaign;
  sentences: Sentence[] = [];
  experiments?: Experiments;
  spectrum?: Spectrum;
  connection: Connection = { state: "loading" };
  scene: Scene = {};

  private listeners = new Set<(changes: ReadonlySet<Change>) => void>();
  private following = new AbortController();
  private loading = false;
  private heardAt = new Date();  // when the program last gave a sign of life

  /** True if this is not the served night as it is now. */
  get isReplay(): boolean {
    return this.scene.log !== undefined || this.scene.at_s !== undefined;
  }

  /** True if something can be asked of the campaign. */
  get canAct(): boolean {
    return !this.isReplay && this.campaign?.live === true && !this.campaign.ended;
  }

  get variables(): Variable[] {
    return this.experiments?.variables ?? [];
  }

  /** What every question has to say so that it is about this night at this time. */
  get parameters(): Parameters {
    return { log: this.scene.log, at_s: this.scene.at_s };
  }

  /** Returns a function that ends it. */
  subscribe(listener: (changes: ReadonlySet<Change>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Looks at another night, or at this one at another time. */
  open(scene: Scene): void {
    const wasReplay = this.isReplay;
    const sameLog = scene.log === this.scene.log && wasReplay === (scene.log !== undefined || scene.at_s !== undefined);
    this.scene = scene;
    if (!sameLog) {
      delete this.campaign;
      delete this.experiments;
      delete this.spectrum;
      this.sentences = [];
      this.connection = { state: "loading" };
    }
    this.tell("scene", "connection");
    this.followAnew();
  }

  /** Another time of the replayed night; a time that comes while another is loading, or nothing is heard of the program, waits. */
  async moveTo(at_s: number): Promise<void> {
    this.scene = { ...this.scene, at_s };
    if (this.loading || this.connection.state === "lost") return;
    this.loading = true;
    const { signal } = this.following;
    try {
      let asked: number | undefined;
      while (asked !== this.scene.at_s) {
        asked = this.scene.at_s;
        await this.load(signal);
        this.tell("scene");
        await pause(betweenMoves_ms, signal);
      }
      this.connect({ state: "still" });
    } catch (error) {
      if (!signal.aborted && this.failed(error, firstPause_s)) this.followAnew();
    } finally {
      this.loading = false;
    }
  }

  /** Does not wait for the end of the pause. */
  tryNow(): void {
    this.followAnew();
  }

  /** The page is looked at again, or there is a network again: asks at once unless it is known that nothing was missed. */
  wake(): void {
    const { state } = this.connection;
    const current = Date.now() - this.heardAt.getTime() < stillCurrent_ms;
    if (state === "lost") return this.followAnew();
    if (state !== "live" || current) return;
    this.connect({ state: "checking", since: this.heardAt });
    this.followAnew();
  }

  private followAnew(): void {
    this.following.abort();
    this.following = new AbortController();
    void this.follow(this.following.signal);
  }

  private tell(...changes: Change[]): void {
    const all = new Set(changes);
    for (const listener of [...this.listeners]) listener(all);
  }

  private connect(connection: Connection): void {
    this.connection = connection;
    this.tell("connection");
  }

  /** Keeps what is known up to date until the signal comes. */
  private async follow(signal: AbortSignal): Promise<void> {
    let again_s = firstPause_s;
    while (!signal.aborted) {
      try {
        const { at_s } = this.scene;
        await this.load(signal);
        again_s = firstPause_s;
        if (at_s !== this.scene.at_s) continue;
        if (this.isReplay) return this.connect({ state: "still" });
        if (this.campaign?.live) await this.listen(signal);
        this.connect({ state: "still" });
        await pause(lookAgain_ms, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!this.failed(error, again_s)) return;
        try {
          await pause(1000 * again_s, signal);
        } catch {
          return;
        }
        again_s = Math.min(2 * again_s, longestPause_s);
      }
    }
  }

  /** Returns whether it is worth another try. */
  private failed(error: unknown, again_s: number): boolean {
    const passing = error instanceof Silence || (error instanceof Refusal && (error.status === 429 || error.status >= 500));
    if (passing) {
      const reason = error instanceof Refusal ? error.message : undefined;
      this.connect({ state: "lost", since: this.heardAt, again_s, ...(reason === undefined ? {} : { reason }) });
      return true;
    }
    if (error instanceof Refusal) this.connect({ state: "refused", refusal: error });
    else throw error;
    return false;
  }

  private async load(signal: AbortSignal): Promise<void> {
    const parameters = this.parameters;
    const patience_ms = this.scene.log === undefined ? shortPatience_ms : undefined;  // another log may have to be read first
    const campaign = await ask<Campaign>("/campaign", parameters, signal, patience_ms);  // alone: what is refused is refused once
    const [journal, experiments] = await Promise.all([
      ask<{ sentences: Sentence[] }>("/journal", { ...parameters, limit: mostSentences }, signal, patience_ms),
      ask<Experiments>("/experiments", parameters, signal, patience_ms),
    ]);
    if (signal.aborted) throw signal.reason;
    this.heardAt = new Date();
    this.campaign = campaign;
    this.sentences = journal.sentences;
    this.experiments = experiments;
    this.tell("campaign", "journal", "experiments");
  }

  /** Returns when the night has ended. */
  private async listen(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const stop = () => ended.abort(signal.reason);
    signal.addEventListener("abort", stop);
    let early: [string, string][] | undefined = [];  // what comes while the documents are loaded once more
    const opened = async () => {
      await this.load(ended.signal);
      for (const [name, data] of early ?? []) this.heard(name, data);
      early = undefined;
      this.connect({ state: "live" });
    };
    let failure: unknown;
    const heard = (name: string, data: string) => {
      if (early) early.push([name, data]);
      else this.heard(name, data);
      if (this.campaign?.ended && !this.campaign.live) ended.abort();
    };
    const begin = () => void opened().catch((error: unknown) => {
      failure = error;
      ended.abort();
    });
    const alive = () => (this.heardAt = new Date());
    try {
      await listen({ opened: begin, heard, alive }, ended.signal);
    } catch (error) {
      if (failure !== undefined) throw failure;
      if (!ended.signal.aborted || signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  private heard(name: string, data: string): void {
    const document: unknown = JSON.parse(data);
    if (name === "campaign") {
      this.campaign = document as Campaign;
      this.tell("campaign");
    } else if (name === "sentence") {
      this.addSentence(document as Sentence);
    } else if (name === "experiment") {
      this.addExperiment(document as Experiment);
    } else if (name === "spectrum") {
      this.spectrum = document as Spectrum;
      this.tell("spectrum");
    } else if (name === "unreadable") {
      const { status, title, detail } = document as ProblemDocument;
      throw new Refusal(status, title, detail);
    }
  }

  private addSentence(sentence: Sentence): void {
    if (this.sentences.some((known) => known.seq === sentence.seq && known.text === sentence.text)) return;
    this.sentences = [...this.sentences, sentence].slice(-mostSentences);
    this.tell("journal");
  }

  private addExperiment(row: Experiment): void {
    if (!this.experiments) return;
    const others = this.experiments.experiments.filter((known) => known.experiment !== row.experiment);
    const experiments = [...others, row].sort((a, b) => a.experiment - b.experiment);
    this.experiments = { ...this.experiments, experiments };
    this.tell("experiments");
  }
}
