// Play, pause, seek and speed of a replay, on every page.

import { addressOf } from "./address";
import { button, element, put } from "./elements";
import type { Night } from "./night";
import { clock, duration } from "./words";

const tick_ms = 250;
const speeds = [1, 10, 60, 300, 1200];
const firstSpeed = 60;

export class Transport {
  private readonly play = button("", () => this.toggle(), "main play");
  private readonly seek = element("input", { type: "range", min: 0, step: 1, "aria-label": "time of the night", oninput: () => this.move(this.seek.valueAsNumber) });
  private readonly time = element("span", { class: "time" });
  private readonly speed = element("select", { "aria-label": "speed" },
    ...speeds.map((speed) => element("option", { value: speed, selected: speed === firstSpeed }, `${speed} ×`)));
  private readonly bar: HTMLElement;
  private timer: number | undefined;

  /** `moved` is called when the replay stands at another time. */
  constructor(private readonly night: Night, private readonly moved: () => void) {
    this.bar = element("section", { class: "transport", "aria-label": "Replay" }, this.play, this.seek, this.time, this.speed,
      element("a", { class: "button", href: addressOf("tonight", {}) }, "Leave replay"));
    this.label();
  }

  /** Shows itself if this is a replay. */
  refresh(holder: HTMLElement): void {
    const { night } = this;
    if (!night.isReplay || night.connection.state === "lost") this.stop();
    document.body.classList.toggle("replaying", night.isReplay);
    if (!night.isReplay) return holder.replaceChildren();
    if (!this.bar.isConnected) put(holder, this.bar);
    const length_s = night.campaign?.length_s;
    this.bar.classList.toggle("waiting", length_s === undefined);
    if (length_s === undefined) return;
    this.seek.max = String(Math.ceil(length_s));
    this.showTime(this.at_s(length_s));
  }

  /** Where the replay stands; a time after its end is its end. */
  private at_s(end_s: number): number {
    return Math.min(this.night.scene.at_s ?? end_s, end_s);
  }

  private get isPlaying(): boolean {
    return this.timer !== undefined;
  }

  private toggle(): void {
    if (this.isPlaying) return this.stop();
    if (this.seek.valueAsNumber >= Number(this.seek.max)) this.move(0);
    this.timer = window.setInterval(() => this.tick(), tick_ms);
    this.label();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.label();
  }

  private label(): void {
    this.play.textContent = this.isPlaying ? "❚❚ Pause" : "▶ Play";
  }

  private tick(): void {
    const end_s = Number(this.seek.max);
    const at_s = this.at_s(end_s) + (Number(this.speed.value) * tick_ms) / 1000;
    this.move(Math.min(at_s, end_s));
    if (at_s >= end_s) this.stop();
  }

  private move(at_s: number): void {
    this.showTime(at_s);
    void this.night.moveTo(at_s);
    this.moved();
  }

  private showTime(at_s: number): void {
    this.seek.value = String(at_s);
    this.time.textContent = `${clock(at_s)} / ${clock(Number(this.seek.max))}`;
    this.seek.setAttribute("aria-valuetext", `${duration(at_s)} after the start`);
  }
}
