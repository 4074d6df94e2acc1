// What can be asked of a campaign that runs.

import type { Campaign } from "./documents";
import { confirmAction, type Action } from "./dialogs";
import { button, card, element } from "./elements";

const pauseAction: Action = {
  what: "pause", label: "Pause", title: "Pause the campaign?",
  consequence: "The experiment at hand ends first. Then everything stands and cools until somebody resumes.",
};
const resumeAction: Action = {
  what: "resume", label: "Resume", title: "Go on with the campaign?", consequence: "It heats up again and goes on with the next experiment.",
};
const abortAction: Action = {
  what: "abort", label: "Abort safely", title: "Abort the campaign safely?", kind: "danger",
  consequence: "Every feed stops and the heat is cut at once. The experiment at hand is lost, and the campaign ends.",
};

function budgetAction(campaign: Campaign): Action {
  return {
    what: "budget", label: "Change budget", title: "Change the budget?",
    consequence: `So far ${campaign.finished} of ${campaign.budget} experiments are spent.`,
    number: { name: "experiments", label: "Experiments in all", unit: "at least 1", low: 1, high: 10000, step: "1", value: campaign.budget },
  };
}

function targetAction(campaign: Campaign): Action {
  const first = campaign.targets[0];
  const like = first ? ` within ± ${first.tolerance_nm} nm, as the first target` : "";
  return {
    what: "target", label: "Add target", title: "Add a target?",
    consequence: `The campaign also aims at this wavelength${like}. What was measured already may meet it at once.`,
    number: { name: "peak_nm", label: "Peak", unit: "nm", low: 300, high: 1100, step: "any", value: first?.peak_nm ?? 500 },
  };
}

const acknowledgeAction = (what: string): Action => ({
  what: "acknowledge", label: "Acknowledge", title: "Acknowledge the alarm?",
  consequence: `“${what}” The log keeps who has seen it. Nothing else changes.`,
});

const reply = element("p", { class: "faint", role: "status" });

function confirm(action: Action): void {
  confirmAction(action, () => {
    reply.textContent = `Asked: ${action.label.toLowerCase()}. What happened says when the campaign has taken it.`;
  });
}

/** Asks whether the alarm is to be acknowledged. */
export function acknowledge(what: string): void {
  confirm(acknowledgeAction(what));
}

/** The buttons, each of which asks for a reason first. */
export function steeringCard(campaign: Campaign): HTMLElement {
  const paused = campaign.state === "paused";
  const actions = [paused ? resumeAction : pauseAction, targetAction(campaign), budgetAction(campaign), abortAction];
  return card("Steer", element("p", { class: "buttons" },
    ...actions.map((action) => button(`${action.label}…`, () => confirm(action), action.kind ?? ""))), reply);
}
