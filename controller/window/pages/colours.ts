// Colours of charts. Lines take the page's own (style.css), maps take scales that grow evenly lighter, so that
// they are read alike with any colour vision and in grey.

/** The page's colour of that name, "--ink". */
export function pageColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Everything is black on white while it is printed. To be called before any onPageColours(). */
export function watchPaper(): void {
  addEventListener("beforeprint", () => document.documentElement.classList.add("paper"));
  addEventListener("afterprint", () => document.documentElement.classList.remove("paper"));
}

/** Calls `changed` when the page turns light or dark, and for printing. */
export function onPageColours(changed: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  addEventListener("beforeprint", changed);
  addEventListener("afterprint", changed);
  return () => {
    dark.removeEventListener("change", changed);
    removeEventListener("beforeprint", changed);
    removeEventListener("afterprint", changed);
  };
}

type Colour = [number, number, number];
export type Scale = readonly Colour[];

/** Nine even steps of the scale viridis (Smith and van der Walt, CC0). */
export const viridis: Scale = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129],
  [92, 200, 99], [170, 220, 50], [253, 231, 37]];

/** Nine even steps of the scale cividis (Nuñez, Anderton and Renslow 2018). */
export const cividis: Scale = [[0, 32, 81], [17, 54, 108], [60, 77, 110], [98, 100, 111], [127, 124, 117], [154, 148, 120],
  [187, 175, 113], [226, 203, 92], [253, 234, 69]];

/** The colour at `share` of the scale, 0 to 1. */
export function colourAt(scale: Scale, share: number): Colour {
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = Math.min(Math.floor(at), scale.length - 2);
  const a = scale[below] ?? [0, 0, 0], b = scale[below + 1] ?? a;
  const mix = (i: 0 | 1 | 2) => Math.round(a[i] + (at - below) * (b[i] - a[i]));
  return [mix(0), mix(1), mix(2)];
}
