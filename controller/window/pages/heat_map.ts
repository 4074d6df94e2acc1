// A quantity over two variables, as colours with their scale beside them, and marks on it.

import { colourAt, onPageColours, pageColour, type Scale } from "./colours";
import type { Grid } from "./documents";
import { element } from "./elements";
import { digits, heading } from "./words";

export interface Mark {
  x: number;
  y: number;
  kind: "tried" | "failed" | "next";
  text: string;
}

export interface HeatMapPlan {
  title: string;
  unit: string;  // of the colours
  scale: Scale;
  show: (value: number) => string;  // along the scale of colours
}

export interface HeatMapData {
  x: { name: string; unit: string; values: number[] };
  y: { name: string; unit: string; values: number[] };
  rows: Grid;
  low: number;
  high: number;
  level?: number;  // drawn as a line
  marks: Mark[];
  text: string;  // what the colours show, in a sentence
}

const left = 58, bottom = 44, top = 8, right = 14, scaleHeight = 14, scaleBelow = 24;
const font = "12px system-ui, sans-serif";

/** Where `value` lies between the first and the last of `values`, 0 to 1, in their own steps. */
export function shareOf(values: number[], value: number): number {
  const last = values.length - 1;
  if (last < 1) return 0.5;
  const rising = (values[last] ?? 0) >= (values[0] ?? 0);
  for (let i = 0; i < last; ++i) {
    const a = values[i] ?? 0, b = values[i + 1] ?? 0;
    const isLast = i === last - 1, isFirst = i === 0;
    const before = rising ? value < a : value > a, after = rising ? value > b : value < b;
    if ((before && !isFirst) || (after && !isLast)) continue;
    return (i + (b === a ? 0 : (value - a) / (b - a))) / last;
  }
  return 0.5;
}

/** About `count` round numbers within the values. */
export function ticksOf(values: number[], count: number): number[] {
  const low = Math.min(...values), high = Math.max(...values);
  if (!(high > low)) return [low];
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high + 1e-9 * step; ++i) ticks.push(i * step);
  return ticks;
}

type Point = [number, number];

/** The stretches on which rows have this value, in steps of the grid (column, row). */
export function contourOf(rows: Grid, level: number): [Point, Point][] {
  const pieces: [Point, Point][] = [];
  for (let j = 0; j + 1 < rows.length; ++j)
    for (let i = 0; i + 1 < (rows[j]?.length ?? 0); ++i) {
      const corners: [number, number, number][] = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]]
        .map(([x = 0, y = 0]) => [x, y, (rows[y]?.[x] ?? NaN) - level]);
      const crossings: Point[] = [];
      for (let k = 0; k < 4; ++k) {
        const [ax, ay, a] = corners[k] ?? [0, 0, NaN], [bx, by, b] = corners[(k + 1) % 4] ?? [0, 0, NaN];
        if (a < 0 === b < 0 || Number.isNaN(a + b)) continue;
        const share = a / (a - b);
        crossings.push([ax + share * (bx - ax), ay + share * (by - ay)]);
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) pieces.push([crossings[k] ?? [0, 0], crossings[k + 1] ?? [0, 0]]);
    }
  return pieces;
}

export class HeatMap {
  readonly root: HTMLElement;
  private readonly canvas = element("canvas", { role: "img", tabindex: 0 });
  private readonly caption = element("figcaption");
  private readonly watch = new ResizeObserver(() => requestAnimationFrame(() => this.draw()));
  private readonly drawing = element("div");
  private readonly forget: () => void;
  private data?: HeatMapData;
  private cursor?: Point;  // grid steps: column, row

  /** `pointed` hears which column and row somebody points at. */
  constructor(private readonly plan: HeatMapPlan, private readonly pointed: (column: number, row: number) => void) {
    this.root = element("figure", { class: "map" }, element("h3", {}, `${plan.title}, ${plan.unit}`), this.drawing, this.caption);
    this.drawing.append(this.canvas);
    this.watch.observe(this.drawing);
    this.forget = onPageColours(() => this.draw());
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("keydown", (event) => this.step(event));
  }

  show(data: HeatMapData): void {
    this.data = data;
    this.caption.textContent = data.text;
    this.canvas.setAttribute("aria-label", `${this.plan.title}. ${data.text} Arrow keys read it out place by place.`);
    this.draw();
  }

  /** Shows a cross at this column and row. */
  place(column: number, row: number): void {
    this.cursor = [column, row];
    this.draw();
  }

  close(): void {
    this.forget();
    this.watch.disconnect();
  }

  private get width(): number {
    return this.drawing.clientWidth;
  }

  private get side(): { width: number; height: number } {
    const width = Math.max(40, this.width - left - right);
    return { width, height: Math.round(Math.min(300, 0.8 * width)) };
  }

  private point(event: PointerEvent): void {
    if (!this.data) return;
    const { width, height } = this.side;
    const columns = this.data.x.values.length - 1, rows = this.data.y.values.length - 1;
    const column = Math.round(((event.offsetX - left) / width) * columns);
    const row = Math.round((1 - (event.offsetY - top) / height) * rows);
    if (column >= 0 && column <= columns && row >= 0 && row <= rows) this.pointed(column, row);
  }

  private step(event: KeyboardEvent): void {
    const steps: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step || !this.data) return;
    event.preventDefault();
    const columns = this.data.x.values.length, rows = this.data.y.values.length;
    const [column, row] = this.cursor ?? [Math.floor(columns / 2), Math.floor(rows / 2)];
    this.pointed(Math.min(columns - 1, Math.max(0, column + step[0])), Math.min(rows - 1, Math.max(0, row + step[1])));
  }

  private draw(): void {
    if (!this.data || this.width === 0) return;
    const { width, height } = this.side;
    const whole = { width: this.width, height: top + height + bottom + scaleHeight + scaleBelow };
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(whole.width * ratio);
    this.canvas.height = Math.round(whole.height * ratio);
    this.canvas.style.width = `${whole.width}px`;
    this.canvas.style.height = `${whole.height}px`;
    const paper = this.canvas.getContext("2d");
    if (!paper) return;
    paper.setTransform(ratio, 0, 0, ratio, 0, 0);
    paper.font = font;
    this.drawColours(paper, this.data, width, height);
    this.drawLevel(paper, this.data, width, height);
    this.drawAxes(paper, this.data, width, height);
    this.drawScale(paper, this.data, width, top + height + bottom);
    const places = this.data.marks.map((mark) => this.drawMark(paper, this.data as HeatMapData, mark, width, height));
    this.drawNames(paper, this.data.marks, places, left + width);
    if (this.cursor) this.drawCursor(paper, this.data, this.cursor, width, height);
  }

  private drawColours(paper: CanvasRenderingContext2D, data: HeatMapData, width: number, height: number): void {
    const columns = data.x.values.length, rows = data.y.values.length;
    const small = element("canvas", { width: columns, height: rows });
    const pixels = small.getContext("2d");
    const image = pixels?.createImageData(columns, rows);
    if (!pixels || !image) return;
    for (let j = 0; j < rows; ++j)
      for (let i = 0; i < columns; ++i) {
        const value = data.rows[j]?.[i];
        if (value === undefined || value === null) continue;
        const share = data.high > data.low ? (value - data.low) / (data.high - data.low) : 0.5;
        image.data.set([...colourAt(this.plan.scale, share), 255], 4 * ((rows - 1 - j) * columns + i));
      }
    pixels.putImageData(image, 0, 0);
    paper.imageSmoothingEnabled = true;
    paper.drawImage(small, 0.5, 0.5, columns - 1, rows - 1, left, top, width, height);
  }

  private drawLevel(paper: CanvasRenderingContext2D, data: HeatMapData, width: number, height: number): void {
    if (data.level === undefined) return;
    const columns = data.x.values.length - 1, rows = data.y.values.length - 1;
    const path = new Path2D();
    for (const [[ax, ay], [bx, by]] of contourOf(data.rows, data.level)) {
      path.moveTo(left + (ax / columns) * width, top + (1 - ay / rows) * height);
      path.lineTo(left + (bx / columns) * width, top + (1 - by / rows) * height);
    }
    paper.lineCap = "round";
    for (const [colour, thick] of [["#000", 3.5], ["#fff", 1.6]] as const) {
      paper.strokeStyle = colour;
      paper.lineWidth = thick;
      paper.stroke(path);
    }
  }

  private drawAxes(paper: CanvasRenderingContext2D, data: HeatMapData, width: number, height: number): void {
    paper.strokeStyle = paper.fillStyle = pageColour("--faint");
    paper.lineWidth = 1;
    paper.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    paper.textAlign = "center";
    paper.textBaseline = "top";
    for (const tick of ticksOf(data.x.values, Math.max(2, Math.floor(width / 60)))) {
      const at = left + shareOf(data.x.values, tick) * width;
      paper.fillRect(at, top + height, 1, 4);
      paper.fillText(digits(tick, 6), at, top + height + 6);
    }
    paper.fillText(axisLabel(data.x), left + width / 2, top + height + 23);
    paper.textAlign = "right";
    paper.textBaseline = "middle";
    for (const tick of ticksOf(data.y.values, Math.max(2, Math.floor(height / 40)))) {
      const at = top + (1 - shareOf(data.y.values, tick)) * height;
      paper.fillRect(left - 4, at, 4, 1);
      paper.fillText(digits(tick, 6), left - 7, at);
    }
    paper.save();
    paper.translate(9, top + height / 2);
    paper.rotate(-Math.PI / 2);
    paper.textAlign = "center";
    paper.fillText(axisLabel(data.y), 0, 0);
    paper.restore();
  }

  private drawScale(paper: CanvasRenderingContext2D, data: HeatMapData, width: number, at: number): void {
    for (let i = 0; i < width; ++i) {
      paper.fillStyle = `rgb(${colourAt(this.plan.scale, i / Math.max(1, width - 1)).join()})`;
      paper.fillRect(left + i, at, 1.5, scaleHeight);
    }
    paper.fillStyle = pageColour("--faint");
    paper.textBaseline = "top";
    for (const [share, align] of [[0, "left"], [0.5, "center"], [1, "right"]] as const) {
      paper.textAlign = align;
      paper.fillText(this.plan.show(data.low + share * (data.high - data.low)), left + share * width, at + scaleHeight + 4);
    }
  }

  /** Returns where it is, unless that is beyond the map. */
  private drawMark(paper: CanvasRenderingContext2D, data: HeatMapData, mark: Mark, width: number, height: number): Point | undefined {
    const share = { x: shareOf(data.x.values, mark.x), y: shareOf(data.y.values, mark.y) };
    if (share.x < -0.001 || share.x > 1.001 || share.y < -0.001 || share.y > 1.001) return undefined;
    const x = left + share.x * width, y = top + (1 - share.y) * height;
    const path = new Path2D();
    if (mark.kind === "tried") {
      path.arc(x, y, 5, 0, 2 * Math.PI);
    } else if (mark.kind === "failed") {
      path.moveTo(x - 5, y - 5);
      path.lineTo(x + 5, y + 5);
      path.moveTo(x + 5, y - 5);
      path.lineTo(x - 5, y + 5);
    } else {
      for (const [dx, dy] of [[0, -9], [9, 0], [0, 9], [-9, 0]] as const) path.lineTo(x + dx, y + dy);
      path.closePath();
    }
    paper.lineCap = "round";
    paper.strokeStyle = "#000";
    paper.lineWidth = mark.kind === "failed" ? 5 : 4;
    paper.stroke(path);
    paper.strokeStyle = "#fff";
    paper.lineWidth = 2;
    paper.stroke(path);
    return [x, y];
  }

  /** The newest first; a name that would hide another is left out. */
  private drawNames(paper: CanvasRenderingContext2D, marks: Mark[], places: (Point | undefined)[], end: number): void {
    const taken: [number, number, number][] = [];  // left, right, middle
    paper.textBaseline = "middle";
    paper.lineJoin = "round";
    for (let i = marks.length - 1; i >= 0; --i) {
      const place = places[i], text = marks[i]?.text ?? "";
      if (!place || text === "") continue;
      const long = paper.measureText(text).width, fits = place[0] + 14 + long < end;
      const from = fits ? place[0] + 10 : place[0] - 10 - long, y = place[1];
      if (taken.some(([a, b, middle]) => from < b + 2 && from + long > a - 2 && Math.abs(middle - y) < 12)) continue;
      taken.push([from, from + long, y]);
      paper.textAlign = "left";
      paper.strokeStyle = "#000";
      paper.lineWidth = 3;
      paper.strokeText(text, from, y);
      paper.fillStyle = "#fff";
      paper.fillText(text, from, y);
    }
  }

  private drawCursor(paper: CanvasRenderingContext2D, data: HeatMapData, [column, row]: Point, width: number, height: number): void {
    const x = left + (column / Math.max(1, data.x.values.length - 1)) * width;
    const y = top + (1 - row / Math.max(1, data.y.values.length - 1)) * height;
    for (const [colour, thick] of [["#000", 3], ["#fff", 1]] as const) {
      paper.strokeStyle = colour;
      paper.lineWidth = thick;
      paper.beginPath();
      paper.moveTo(x, top);
      paper.lineTo(x, top + height);
      paper.moveTo(left, y);
      paper.lineTo(left + width, y);
      paper.stroke();
    }
  }
}

function axisLabel(axis: { name: string; unit: string }): string {
  const words = heading(axis.name);
  return axis.unit && !words.endsWith(`, ${axis.unit}`) ? `${words}, ${axis.unit}` : words;
}
