// Pieces of a page. Text only ever enters as text.

export type Child = Node | string | false | undefined;
type Attribute = string | number | boolean | undefined | ((event: Event) => void);

/** An element; a function is a listener of the event it is named after ("onclick"), true an attribute without a value. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, attributes: Record<string, Attribute> = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value));
  }
  put(made, ...children);
  return made;
}

/** Appends what is there. */
export function put(parent: Element, ...children: Child[]): void {
  for (const child of children) if (child !== false && child !== undefined) parent.append(child);
}

/** A part of a page that is made anew only when what it shows has changed. */
export function part(root: HTMLElement): { root: HTMLElement; show(data: unknown, make: () => Child[]): void } {
  let shown: string | undefined;
  return {
    root,
    show(data, make) {
      const key = JSON.stringify(data) ?? "";
      if (key === shown) return;
      shown = key;
      root.replaceChildren();
      put(root, ...make());
    },
  };
}

/** A block of a page with a heading. */
export function card(title: string, ...children: Child[]): HTMLElement {
  return element("section", { class: "card" }, element("h2", {}, title), ...children);
}

/** Pairs of a name and what it is. */
export function facts(rows: [string, Child][]): HTMLElement {
  const list = element("dl");
  for (const [name, value] of rows) put(list, element("dt", {}, name), element("dd", {}, value));
  return list;
}

/** Says what is not there, and why. */
export function notice(text: string, ...more: Child[]): HTMLElement {
  return element("div", { class: "notice" }, element("p", {}, text), ...more);
}

/** How much of something there is, as a bar; the words beside it say the same. A supply that runs low is told from one that does not. */
export function bar(share: number, name: string, isSupply = false): HTMLElement {
  const clipped = Math.min(1, Math.max(0, share));
  const fill = element("span", { class: "fill" });
  fill.style.width = `${100 * clipped}%`;
  return element("span", {
    class: isSupply && clipped < 0.15 ? "bar low" : "bar", role: "meter", "aria-label": name, "aria-valuemin": 0,
    "aria-valuemax": 100, "aria-valuenow": Math.round(100 * clipped),
  }, fill);
}

/** A button; its label says what it does. */
export function button(label: string, onclick: () => void, kind = ""): HTMLButtonElement {
  return element("button", { type: "button", class: kind, onclick }, label);
}

const signs: Record<string, string[]> = {
  fine: ["M24 4a20 20 0 1 0 .01 0z", "M14 25l7 7 13-15"],
  look: ["M24 4L46 43H2z", "M24 18v12M24 35v2"],
  trouble: ["M15 3h18l12 12v18l-12 12H15L3 33V15z", "M16 16l16 16M32 16L16 32"],
  done: ["M5 5h38v38H5z", "M14 25l7 7 13-15"],
  ended: ["M5 5h38v38H5z", "M13 24h22"],
  unknown: ["M24 4a20 20 0 1 0 .01 0z", "M18 19a6 6 0 1 1 8 6c-2 1-2 2-2 5M24 34v2"],
};

/** The shape of a verdict: circle, triangle, octagon, square; the word beside it says the same. */
export function sign(verdict: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 48 48");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "sign");
  for (const [i, path] of (signs[verdict] ?? signs["unknown"] ?? []).entries()) {
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", path);
    line.setAttribute("class", i === 0 ? "shape" : "mark");
    drawing.append(line);
  }
  return drawing;
}
