// Questions to whoever looks: a token, and what to ask of the campaign.

import { button, element, put, type Child } from "./elements";
import { Refusal, act, keepToken } from "./server";

let openedToken: Promise<boolean> | undefined;

/** Asks for the token once for all who want it; false if there is none. */
export function askForToken(refused: boolean): Promise<boolean> {
  openedToken ??= showTokenDialog(refused).finally(() => (openedToken = undefined));
  return openedToken;
}

function showTokenDialog(refused: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const field = element("input", {
      id: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false", autocapitalize: "off",
    });
    const form = element("form", { onsubmit: (event) => {
      event.preventDefault();
      if (field.value.trim() === "") return;
      keepToken(field.value.trim());
      dialog.close("given");
    } },
      element("h2", { id: "token-title" }, "Your token"),
      refused && element("p", { class: "wrong", role: "alert" }, "That token was refused."),
      element("p", {}, "The program printed it when it started (“token: …”), or it is the first line of the file given with ",
        element("code", {}, "--token-file"), ". This tab keeps it until you close it."),
      element("label", { for: "token" }, "Token"), field,
      element("p", { class: "buttons" },
        button("Not now", () => dialog.close()), element("button", { type: "submit", class: "main" }, "Use this token")),
    );
    const dialog = openDialog("token-title", form);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "given"));
    field.focus();
  });
}

function openDialog(titleId: string, ...content: Child[]): HTMLDialogElement {
  const dialog = element("dialog", { "aria-labelledby": titleId }, ...content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Something that can be asked of a campaign. */
export interface Action {
  what: "pause" | "resume" | "abort" | "budget" | "target" | "acknowledge";
  label: string;
  title: string;
  consequence: string;
  kind?: "danger";
  number?: { name: "experiments" | "peak_nm"; label: string; unit: string; low: number; high: number; step: string; value: number };
}

const nameKey = "nocturne-name";

/** Asks for the reason and for confirmation, sends it, and calls `sent`. */
export function confirmAction(action: Action, sent: () => void): void {
  const why = element("input", { id: "why", required: true, maxlength: 200, autocomplete: "off" });
  const who = element("input", { id: "who", required: true, maxlength: 60, autocomplete: "name", value: sessionStorage.getItem(nameKey) ?? "" });
  const wrong = element("p", { class: "wrong", role: "alert" });
  const confirm = element("button", { type: "submit", class: action.kind ?? "main" }, action.label);
  const plan = action.number;
  const number = plan && element("input", {
    id: "number", type: "number", required: true, min: plan.low, max: plan.high, step: plan.step, value: plan.value, inputmode: "decimal",
  });
  const body = () => ({
    why: why.value.trim(), who: who.value.trim(), ...(plan && number ? { [plan.name]: number.valueAsNumber } : {}),
  });
  const send = async () => {
    sessionStorage.setItem(nameKey, who.value.trim());
    confirm.disabled = true;
    wrong.textContent = "";
    try {
      await act(action.what, body());
      dialog.close();
      sent();
    } catch (error) {
      wrong.textContent = error instanceof Refusal ? `Not done: ${error.message}` : "Not done: the program does not answer.";
    } finally {
      confirm.disabled = false;
    }
  };
  const form = element("form", { onsubmit: (event) => {
    event.preventDefault();
    void send();
  } });
  put(form, element("h2", { id: "action-title" }, action.title), element("p", {}, action.consequence));
  if (plan && number) put(form, element("label", { for: "number" }, `${plan.label}, ${plan.unit}`), number);
  put(form, element("label", { for: "why" }, "Reason, for the log"), why, element("label", { for: "who" }, "Your name"), who, wrong,
    element("p", { class: "buttons" }, button("Leave it as it is", () => dialog.close()), confirm));
  const dialog = openDialog("action-title", form);
  (number ?? why).focus();
}
