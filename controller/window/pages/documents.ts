// What the program answers. Names carry units; what is absent was not measured.

export interface LogEntry {
  id: string;
  file: string;
  live: boolean;
  name?: string;
  started?: string;
  origin?: string;
  length_s?: number;
  problem?: string;  // why it cannot be read
}

/** Why there is no answer. */
export interface ProblemDocument {
  status: number;
  title: string;
  detail: string;
}

export type Verdict = "fine" | "look" | "trouble" | "done" | "ended";  // "ended": over without all that was wanted

export interface Target {
  peak_nm: number;
  tolerance_nm: number;
  fwhm_max_meV?: number;
  reached_at?: number;
  given_up: boolean;
  nearest?: { experiment: number; peak_nm: number; peak_nm_se?: number };
}

export interface Feed {
  stock: string;
  flow_uL_min: number;
  used_mL: number;
  left_mL: number;
  syringe_mL: number;
}

export type Conditions = Record<string, number>;  // of a choice its place, from 0

export interface Campaign {
  log: string;
  name: string;
  id: string;
  origin: string;
  started: string;
  live: boolean;
  ended: boolean;
  status?: string;
  now_s: number;
  length_s: number;
  quiet_s?: number;
  verdict: Verdict;
  verdict_text: string;
  state: string;
  why: string;
  step: string;
  experiment?: number;
  conditions: Conditions;
  budget: number;
  finished: number;
  failed: number;
  targets: Target[];
  expected_left_s?: number;
  target_C?: number;
  feeds: Feed[];
  alarm?: { time_s: number; what: string; acknowledged: boolean };
}

export interface Sentence {
  seq: number;
  time_s: number;
  text: string;
  alarm: boolean;
}

export interface Variable {
  name: string;
  low: number;
  high: number;
  unit: string;
  choices?: string[];
}

export interface Measured {
  value: number;
  se?: number;
  low?: number;
  high?: number;
}

export interface Interval {
  mean: number;
  low: number;
  high: number;
}

export interface Experiment {
  experiment: number;
  decided_s: number;
  finished_s?: number;
  outcome: string;
  detail?: string;
  conditions: Conditions;
  observed: Record<string, Measured>;
  predicted?: Record<string, Interval>;
  probability?: number;
  why?: string;
}

export interface Experiments {
  variables: Variable[];
  experiments: Experiment[];
}

export interface SpectrumEntry {
  seq: number;
  time_s: number;
  experiment: number;
  purpose: string;
  roles?: string[];
  arrived?: number;
  temperature_C?: number;
}

export interface Spectrum extends SpectrumEntry {
  emission?: { wavelength_nm: number[]; counts_per_s: number[] };
  absorbance?: { wavelength_nm: number[]; absorbance: (number | null)[] };
  fit?: { peak_nm: number; peak_nm_se?: number; fwhm_meV?: number; wavelength_nm: number[]; counts_per_s: number[] };
}

export interface MapAxis {
  name: string;
  unit: string;
  values: number[];
}

export type Grid = (number | null)[][];  // a row per y

export interface ModelMap {
  variables: string[];
  x: MapAxis;
  y: MapAxis;
  around: Conditions;
  target: number;  // from 1
  target_nm: number;
  tolerance_nm: number;
  mean_nm: Grid;
  half_width_nm: Grid;
  probability: Grid;
  tried: { experiment: number; x: number; y: number; outcome: string; peak_nm?: number }[];
  next?: { experiment: number; x: number; y: number; why?: string };
  experiments_known: number;
}

export interface Reading {
  quantity: string;
  name: string;
  unit: string;
  value: number;
  time_s: number;
  low?: number;
  high?: number;
  target?: number;
}

export interface Bench {
  instruments: { name: string; identity?: string; alarm?: string; readings: Reading[] }[];
  interlocks: { signal: string; when: string; action: string; unit: string; value?: number; ok: boolean }[];
}

export interface Trend {
  quantity: string;
  name: string;
  unit: string;
  time_s: number[];
  value: (number | null)[];
  target?: (number | null)[];
}

export interface DesignAnswer {
  target_nm: number;
  reachable: boolean;
  probability: number;
  reachable_probability?: number;
  candidates: {
    conditions: Record<string, number | string>;  // of a choice its word
    predicted: Record<string, Interval>;
    probability: number;
    one_product: Record<string, Interval>;  // with the scatter of repeats
    one_product_probability: number;
    sensitivity?: Record<string, { per: number; per_unit: string; change: number; unit: string }>;
    extrapolates?: boolean;
    made_nearby: { experiment: number; row?: string; conditions: Record<string, number | string>; measured?: Record<string, number>; failure?: string }[];
  }[];
  nearest_nm?: number;
  blocked_by?: ({ variable: string; bound: number; side: string } | { limit: string })[];
}
