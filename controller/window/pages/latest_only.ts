// Questions of which only the last one counts.

import { Refusal, Silence, ask, type Parameters } from "./server";

export interface LatestOnly {
  /** Asks unless the last question is still under way; then the newest waits for its answer. */
  ask<Document>(path: string, parameters: Parameters, answered: (document: Document) => void, refused: (refusal: Refusal) => void): void;
  /** Nothing is heard any more. */
  stop(): void;
}

/** Keeps one question under way and one waiting: a slider that moves fast asks no more than the program can answer. */
export function latestOnly(): LatestOnly {
  const stopped = new AbortController();
  let waiting: (() => Promise<void>) | undefined;
  let busy = false;
  const run = async () => {
    busy = true;
    while (waiting && !stopped.signal.aborted) {
      const next = waiting;
      waiting = undefined;
      await next();
    }
    busy = false;
  };
  return {
    ask<Document>(path: string, parameters: Parameters, answered: (document: Document) => void, refused: (refusal: Refusal) => void) {
      waiting = async () => {
        try {
          const document = await ask<Document>(path, parameters, stopped.signal);
          if (!stopped.signal.aborted) answered(document);
        } catch (error) {
          if (stopped.signal.aborted) return;
          if (error instanceof Refusal) refused(error);
          else if (error instanceof Silence) refused(new Refusal(0, "no answer", "The program does not answer."));
          else throw error;
        }
      };
      if (!busy) void run();
    },
    stop: () => stopped.abort(),
  };
}
