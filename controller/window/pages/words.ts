// Numbers, times and names as people read them.

import type { Variable } from "./documents";

/** "4.55": a number with so many significant digits, without needless zeros. */
export function digits(value: number, count = 4): string {
  if (!Number.isFinite(value)) return "not a number";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(count - 1);
  const decimals = Math.max(0, count - 1 - Math.floor(Math.log10(size)));
  return String(Number(value.toFixed(Math.min(decimals, 12))));
}

/** "174.1 ± 1.2": the digits that the standard error leaves; four of them where none is known. */
export function withError(value: number, error?: number): string {
  if (error === undefined || !(error > 0) || !Number.isFinite(error)) return digits(value);
  const largest = Math.max(Math.abs(value), error);
  if (largest < 1e-4 || largest >= 1e7) return `${value.toExponential(3)} ± ${error.toExponential(1)}`;
  const decimals = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

/** "509.8 nm (508.9 to 510.7)": a value within its interval of 90 %, with the digits that its width leaves. */
export function withInterval(value: number, low: number, high: number, unit = ""): string {
  const half = Math.abs(high - low) / 2, named = unit === "" ? "" : ` ${unit}`;
  if (!(half > 0)) return digits(value) + named;
  const places = Math.min(12, 1 - Math.floor(Math.log10(half)));
  const rounded = (number: number) => (places >= 0 ? number.toFixed(places) : String(Math.round(number * 10 ** places) * 10 ** -places));
  return `${rounded(value)}${named} (${rounded(low)} to ${rounded(high)})`;
}

/** "83 %", and never 0 or 100 unless it is that. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share < 1 && share > 0.99) return "> 99 %";
  return `${Math.round(100 * share)} %`;
}

/** Campaign time: "02:13:45". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** "2 h 10 min", "12 min", "40 s". */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(Math.max(0, seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest > 0 ? ` ${rest} min` : ""}`;
}

const unitEndings: [string, string][] = [
  ["_uL_min", "µL/min"], ["_mL_min", "mL/min"], ["_mL", "mL"], ["_uL", "µL"], ["_meV", "meV"], ["_eV", "eV"],
  ["_nm", "nm"], ["_C", "°C"], ["_K", "K"], ["_bar", "bar"], ["_min", "min"], ["_s", "s"], ["_h", "h"], ["_g", "g"],
  ["_percent", "%"], ["_mmol_L", "mmol/L"], ["_mM", "mM"],
];

/** "temperature_C" is the temperature in °C; a name without a unit stays as the recipe has it. */
export function quantity(name: string): { label: string; unit: string } {
  if (name === "intensity") return { label: name, unit: "counts nm/s" };
  for (const [ending, unit] of unitEndings)
    if (name.endsWith(ending) && name.length > ending.length)
      return { label: name.slice(0, -ending.length).replaceAll("_", " "), unit };
  return { label: name, unit: "" };
}

const labels: Record<string, string> = { fwhm: "width (FWHM)", plqy: "quantum yield" };

/** "temperature, °C": a variable as a heading or the name of an axis. */
export function heading(name: string): string {
  const { label, unit } = quantity(name);
  return label + (unit ? `, ${unit}` : "");
}

/** "width (FWHM)": what was measured, without its unit. */
export function outputLabel(name: string): string {
  const { label } = quantity(name);
  return labels[label] ?? plain(label);
}

/** "width (FWHM), meV" */
export function outputHeading(name: string): string {
  const { unit } = quantity(name);
  return outputLabel(name) + (unit ? `, ${unit}` : "");
}

/** "152.5", or the name of the choice that the number stands for. */
export function settingValue(name: string, value: number | undefined, variables: Variable[]): string {
  if (value === undefined) return "–";
  return variables.find((variable) => variable.name === name)?.choices?.[value] ?? digits(value);
}

/** "temperature 152.5 °C" */
export function setting(name: string, value: number | string, variables: Variable[]): string {
  const { label, unit } = quantity(name);
  return `${label} ${typeof value === "string" ? value : settingValue(name, value, variables)}${unit ? ` ${unit}` : ""}`;
}

/** A failure kind or a purpose without its underscores. */
export function plain(word: string): string {
  return word.replaceAll("_", " ");
}

/** An outcome of an experiment in words. */
export function outcome(word: string): string {
  if (word === "ok") return "measured";
  return plain(word);
}

/** "1 experiment", "2 experiments" */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "22 Nov 2026, 22:00" in the time of whoever looks; the text itself if it is no time. */
export function date(text: string): string {
  const time = new Date(text);
  if (text === "" || Number.isNaN(time.getTime())) return text;
  return time.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}
