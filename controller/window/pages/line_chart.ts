// Lines and points over one axis, by uPlot, in the page's colours, with units on both axes and a text that says the same.

import uPlot from "uplot";
import { onPageColours, pageColour } from "./colours";
import { element } from "./elements";
import { digits } from "./words";

export type Values = (number | null)[];

export interface Series {
  label: string;
  look: number;  // which of the page's chart colours
  style: "line" | "dashed" | "points";
  errors?: Values;  // standard errors, drawn as bars
}

export interface Band {
  low: number;
  high: number;
}

export interface ChartPlan {
  name: string;  // what the chart shows, for those who cannot see it
  x: string;  // with unit
  y: string;
  height: number;
  reach?: [number, number];  // along x, if not all
  series: Series[];
  whole?: boolean;  // only whole numbers along x
}

const dashes = [6, 4];
const margin = 0.06;  // of the range, above and below

export class LineChart {
  readonly root: HTMLElement;
  private readonly drawing = element("div", { class: "drawing", role: "img" });
  private readonly caption = element("figcaption");
  private readonly watch = new ResizeObserver(() => requestAnimationFrame(() => this.resize()));
  private readonly forget: () => void;
  private plot?: uPlot;
  private data: uPlot.AlignedData = [[]];
  private bands: Band[] = [];

  constructor(private plan: ChartPlan) {
    this.root = element("figure", { class: "chart" }, this.drawing, this.caption);
    this.drawing.setAttribute("aria-label", `${plan.name}. Nothing is drawn yet.`);
    this.watch.observe(this.root);
    this.forget = onPageColours(() => this.redraw());
  }

  /** `text` says in a sentence what the lines show. */
  show(x: number[], ys: Values[], text: string, bands: Band[] = []): void {
    this.data = [x, ...ys] as uPlot.AlignedData;
    this.bands = bands;
    this.caption.textContent = text;
    this.drawing.setAttribute("aria-label", `${this.plan.name}. ${text}`);
    if (this.plot) this.plot.setData(this.data);
    else this.make();
  }

  /** Other lines in the same place; show() has to follow. */
  replan(plan: ChartPlan): void {
    this.plan = plan;
    this.plot?.destroy();
    delete this.plot;
  }

  close(): void {
    this.forget();
    this.watch.disconnect();
    this.plot?.destroy();
  }

  private resize(): void {
    const width = this.root.clientWidth;
    if (width === 0) return;
    if (!this.plot) this.make();
    else if (width !== this.plot.width) this.plot.setSize({ width, height: this.plan.height });
  }

  private redraw(): void {
    this.plot?.destroy();
    delete this.plot;
    this.make();
  }

  private make(): void {
    const width = this.root.clientWidth;
    if (width === 0 || this.data.length !== this.plan.series.length + 1) return;
    this.plot = new uPlot(this.options(width), this.data, this.drawing);
  }

  private options(width: number): uPlot.Options {
    const { plan } = this;
    return {
      width,
      height: plan.height,
      scales: {
        x: { time: false, range: (_, low, high) => this.rangeOfX(low, high) },
        y: { range: () => this.rangeOfY() },
      },
      axes: [this.axis(plan.x, { size: 24, ...(plan.whole ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] } : { space: 60 }) }),
        this.axis(plan.y, { size: (_, marks) => 12 + 7 * Math.max(2, ...(marks ?? []).map((mark) => mark.length)), space: 26 })],
      series: [{ label: plan.x, value: (_, value) => told(value) }, ...plan.series.map((series) => this.line(series))],
      legend: { show: plan.series.length > 1 },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { drawAxes: [(plot) => this.drawBands(plot)], draw: [(plot) => this.drawErrors(plot)] },
    };
  }

  private axis(label: string, more: Partial<uPlot.Axis>): uPlot.Axis {
    const faint = pageColour("--faint"), grid = pageColour("--grid");
    const font = "12px system-ui, sans-serif";
    return {
      label, font, stroke: faint, labelFont: `13px system-ui, sans-serif`, labelSize: 20, labelGap: 0, gap: 4,
      grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 },
      values: (_, marks) => marks.map((mark) => (mark === null ? "" : digits(mark, 6))), ...more,
    };
  }

  private line(series: Series): uPlot.Series {
    const colour = pageColour(`--c${series.look % 6}`);
    const isPoints = series.style === "points";
    return {
      label: series.label,
      stroke: colour,
      width: isPoints ? 0 : 1.6,
      ...(series.style === "dashed" ? { dash: dashes } : {}),
      ...(isPoints ? { paths: () => null } : {}),
      points: isPoints ? { show: true, size: 9, fill: colour, stroke: colour } : { show: false },
      value: (_, value) => told(value),
    };
  }

  private rangeOfX(low: number, high: number): [number, number] {
    if (this.plan.whole) return [Math.floor(low) - 0.5, Math.max(Math.ceil(high), Math.floor(low) + 1) + 0.5];
    if (this.plan.reach) return this.plan.reach;
    return low === high ? [low - 0.5, high + 0.5] : [low, high];
  }

  /** Holds all values, their errors and the bands. */
  private rangeOfY(): [number, number] {
    let low = Infinity, high = -Infinity;
    const reach = (value: number) => {
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    const [first, last] = this.plan.reach ?? [-Infinity, Infinity];
    for (const [i, series] of this.plan.series.entries())
      for (const [j, value] of (this.data[i + 1] ?? []).entries()) {
        const x = this.data[0][j] ?? NaN;
        if (typeof value !== "number" || x < first || x > last) continue;
        const error = series.errors?.[j] ?? 0;
        reach(value - error);
        reach(value + error);
      }
    for (const band of this.bands) {
      reach(band.low);
      reach(band.high);
    }
    if (low > high) return [0, 1];
    const room = high > low ? margin * (high - low) : Math.max(1, 0.01 * Math.abs(high));
    return [low - room, high + room];
  }

  private drawBands(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    for (const band of this.bands) {
      const top = plot.valToPos(band.high, "y", true), bottom = plot.valToPos(band.low, "y", true);
      ctx.fillStyle = pageColour("--band");
      ctx.fillRect(bbox.left, top, bbox.width, Math.max(2, bottom - top));
    }
    ctx.restore();
  }

  private drawErrors(plot: uPlot): void {
    const { ctx } = plot;
    ctx.save();
    for (const [i, series] of this.plan.series.entries()) {
      if (!series.errors) continue;
      ctx.strokeStyle = pageColour(`--c${series.look % 6}`);
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.beginPath();
      for (const [j, x] of this.data[0].entries()) {
        const value = this.data[i + 1]?.[j], error = series.errors[j];
        if (typeof value !== "number" || !error) continue;
        const at = plot.valToPos(x as number, "x", true);
        ctx.moveTo(at, plot.valToPos(value - error, "y", true));
        ctx.lineTo(at, plot.valToPos(value + error, "y", true));
      }
      ctx.stroke();
    }
    ctx.restore();
  }
}

function told(value: number | null): string {
  return value === null || value === undefined ? "–" : digits(value, 6);
}
