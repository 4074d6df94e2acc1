// The part of the address after "#": which page, of which night, at which time.

import type { Scene } from "./night";

export interface Place {
  page: string;
  scene: Scene;
}

/** "#/map?log=a&at_s=3600" */
export function addressOf(page: string, scene: Scene): string {
  const query = new URLSearchParams();
  if (scene.log !== undefined) query.set("log", scene.log);
  if (scene.at_s !== undefined) query.set("at_s", String(Math.round(scene.at_s)));
  const text = query.toString();
  return `#/${page}${text ? `?${text}` : ""}`;
}

/** What is not understood is left out. */
export function placeOf(address: string): Place {
  const [path = "", query = ""] = address.replace(/^#\/?/, "").split("?");
  const parameters = new URLSearchParams(query);
  const scene: Scene = {};
  const log = parameters.get("log"), at_s = Number(parameters.get("at_s") ?? NaN);
  if (log) scene.log = log;
  if (Number.isFinite(at_s) && at_s >= 0) scene.at_s = at_s;
  return { page: path, scene };
}
