// What is known of the night that is looked at, live or as it stood at some time, and who wants to know of changes.

import type { Campaign, Experiment, Experiments, Sentence, Spectrum, Variable } from "./documents";
import { Refusal, Silence, ask, listen, type Parameters } from "./server";

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
  | { state: "lost"; since: Date; again_s: number }
  | { state: "refused"; refusal: Refusal };

const firstPause_s = 1, longestPause_s = 30;
const lookAgain_ms = 15_000;  // at a night that nobody runs: it may be resumed
const betweenMoves_ms = 400;  // while a replay plays
const mostSentences = 200;

/** Waits, unless the signal comes first, which ends it with an exception. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
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

  /** Another time of the replayed night; a time that comes while another is loading waits for it. */
  async moveTo(at_s: number): Promise<void> {
    this.scene = { ...this.scene, at_s };
    if (this.loading) return;
    this.loading = true;
    try {
      let asked: number | undefined;
      while (asked !== this.scene.at_s) {
        asked = this.scene.at_s;
        await this.load(this.following.signal);
        this.tell("scene");
        await pause(betweenMoves_ms, this.following.signal);
      }
      this.connect({ state: "still" });
    } catch (error) {
      if (!this.following.signal.aborted) this.failed(error, firstPause_s);
    } finally {
      this.loading = false;
    }
  }

  /** Does not wait for the end of the pause. */
  tryNow(): void {
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
        await this.load(signal);
        again_s = firstPause_s;
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
      const since = this.connection.state === "lost" ? this.connection.since : new Date();
      this.connect({ state: "lost", since, again_s });
      return true;
    }
    if (error instanceof Refusal) this.connect({ state: "refused", refusal: error });
    else throw error;
    return false;
  }

  private async load(signal: AbortSignal): Promise<void> {
    const parameters = this.parameters;
    const campaign = await ask<Campaign>("/campaign", parameters, signal);  // alone: what is refused is refused once
    const [journal, experiments] = await Promise.all([
      ask<{ sentences: Sentence[] }>("/journal", { ...parameters, limit: mostSentences }, signal),
      ask<Experiments>("/experiments", parameters, signal),
    ]);
    if (signal.aborted) throw signal.reason;
    this.campaign = campaign;
    this.sentences = journal.sentences;
    this.experiments = experiments;
    this.tell("campaign", "journal", "experiments");
  }

  /** Returns when the night has ended. */
  private async listen(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    signal.addEventListener("abort", () => ended.abort(signal.reason), { once: true });
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
    try {
      await listen(begin, heard, ended.signal);
    } catch (error) {
      if (failure !== undefined) throw failure;
      if (!ended.signal.aborted || signal.aborted) throw error;
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
