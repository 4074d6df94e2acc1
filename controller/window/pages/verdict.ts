// Whether the night is fine, as far as is known here.

import type { Campaign, Verdict } from "./documents";
import type { Connection, Night } from "./night";
import { duration } from "./words";

/** What the program says of the night, unless it may have changed since: what has ended does not. */
export function verdictOf({ campaign, connection }: Pick<Night, "campaign" | "connection">): Verdict | "unknown" {
  if (!campaign) return "unknown";
  const mayHaveChanged = !campaign.ended && ["lost", "checking", "refused"].includes(connection.state);
  return mayHaveChanged ? "unknown" : campaign.verdict;
}

/** What is known in a sentence. */
export function sayVerdict(campaign: Campaign, connection: Connection, now = new Date()): string {
  if (campaign.ended || (connection.state !== "lost" && connection.state !== "checking")) return campaign.verdict_text;
  if (connection.state === "checking")
    return `Asking the program. ${duration((now.getTime() - connection.since.getTime()) / 1000)} ago it was: ${campaign.verdict_text}`;
  const at = connection.since.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (connection.reason !== undefined) return `The program cannot tell: ${connection.reason}. At ${at} it was: ${campaign.verdict_text}`;
  return `No word from the program since ${at}. Then it was: ${campaign.verdict_text}`;
}

const words = { fine: "Fine", look: "Have a look", trouble: "Trouble", done: "Done", ended: "Ended", unknown: "Not known" };

/** The verdict in words; its sign says the same by its shape. */
export function verdictWord(verdict: Verdict | "unknown"): string {
  return words[verdict];
}
