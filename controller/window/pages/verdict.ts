// Whether the night is fine, as far as is known here.

import type { Verdict } from "./documents";
import type { Night } from "./night";

/** What the program says of the night, unless nothing is heard of it any more. */
export function verdictOf(night: Night): Verdict | "unknown" {
  return night.connection.state === "lost" || !night.campaign ? "unknown" : night.campaign.verdict;
}

const words = { fine: "Fine", look: "Have a look", trouble: "Trouble", done: "Done", unknown: "Not known" };

/** The verdict in words; its sign says the same by its shape. */
export function verdictWord(verdict: Verdict | "unknown"): string {
  return words[verdict];
}
