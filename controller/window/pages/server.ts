// Questions to the program and what can go wrong with them.

/** The digest of these pages: the build replaces it. */
export const build = "@digest-of-the-pages@";

/** A question that was answered with a refusal. */
export class Refusal extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string) {
    super(detail || title);
  }
}

/** A question that was not answered at all. */
export class Silence extends Error {}

export type Parameters = Record<string, string | number | undefined>;

let onNewBuild = () => {};
let askForToken: (refused: boolean) => Promise<boolean> = async () => false;

/** Calls `found` when the program is of another build than these pages. */
export function watchBuild(found: () => void): void {
  onNewBuild = found;
}

/** `ask` gets a token from whoever looks; false if there is none. */
export function setTokenQuestion(ask: (refused: boolean) => Promise<boolean>): void {
  askForToken = ask;
}

const tokenKey = "nocturne-token";
export const hasToken = () => sessionStorage.getItem(tokenKey) !== null;
export const keepToken = (token: string) => sessionStorage.setItem(tokenKey, token);

function headers(more: Record<string, string> = {}): Record<string, string> {
  const token = sessionStorage.getItem(tokenKey);
  return token === null ? more : { ...more, Authorization: `Bearer ${token}` };
}

function address(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return `api/v1${path}${text ? `?${text}` : ""}`;
}

async function refusal(response: Response): Promise<Refusal> {
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    return new Refusal(response.status, problem.title ?? response.statusText, problem.detail ?? "");
  } catch {
    return new Refusal(response.status, `the program answered ${response.status}`, response.statusText);
  }
}

async function send(where: string, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(where, { cache: "no-store", ...options });
  } catch (error) {
    if (options.signal?.aborted && options.signal.reason?.name !== "TimeoutError") throw error;
    throw new Silence("the program does not answer");
  }
  const theirs = response.headers.get("X-Nocturne-Build");
  if (theirs !== null && theirs !== build) onNewBuild();
  return response;
}

/** Tries once more after the token was asked for. */
async function withToken<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let sent = hasToken(); ; sent = true) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401 || !(await askForToken(sent))) throw error;
    }
  }
}

const patience_ms = 120_000;  // a map or a design of a long night takes its time
export const shortPatience_ms = 10_000;  // for what is known already: a network that takes longer is gone

/** A document. Throws Refusal or Silence, or the signal's reason. */
export async function ask<Document>(path: string, parameters: Parameters = {}, signal?: AbortSignal, within_ms = patience_ms): Promise<Document> {
  return answer(path, parameters, async (response) => (await response.json()) as Document, signal, within_ms);
}

/** The same as text. */
export async function askText(path: string, parameters: Parameters): Promise<string> {
  return answer(path, parameters, (response) => response.text());
}

async function answer<Result>(path: string, parameters: Parameters, read: (response: Response) => Promise<Result>, signal?: AbortSignal,
  within_ms = patience_ms): Promise<Result> {
  return withToken(() => within(within_ms, async (limit) => {
    const response = await accepted(address(path, parameters), { headers: headers(), signal: limit });
    try {
      return await read(response);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Silence("the program's answer broke off");
    }
  }, signal));
}

/** An answer that is no refusal. */
async function accepted(where: string, options: RequestInit): Promise<Response> {
  const response = await send(where, options);
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Gives `work` a signal that comes with the given one, or when it takes too long. */
async function within<Result>(milliseconds: number, work: (limit: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  const both = new AbortController();
  const timer = setTimeout(() => both.abort(new DOMException("no answer in time", "TimeoutError")), milliseconds);
  const stop = () => both.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  try {
    return await work(both.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Asks something of the campaign. Throws Refusal or Silence. */
export async function act(what: string, body: Record<string, unknown>): Promise<void> {
  if (!hasToken() && !(await askForToken(false))) throw new Refusal(401, "no token", "Without a token nothing is sent.");
  const json = JSON.stringify(body);
  await withToken(() => within(30_000, (limit) => accepted(`api/v1/campaign/${what}`, {
    method: "POST", headers: headers({ "Content-Type": "application/json" }), body: json, signal: limit,
  })));
}

const silenceIsLost_ms = 25_000;  // a heartbeat comes every 10 s

export interface Listener {
  opened: () => void;  // the stream stands
  heard: (name: string, data: string) => void;  // an event; may throw, which ends the stream
  alive: () => void;  // something came, if only a sign of life
}

/** Reads events until the stream ends, which throws Silence. */
export async function listen({ opened, heard, alive }: Listener, signal: AbortSignal): Promise<never> {
  const quiet = new AbortController();
  const stop = () => quiet.abort(signal.reason);
  signal.addEventListener("abort", stop);
  let timer = setTimeout(() => quiet.abort(), silenceIsLost_ms);
  try {
    const response = await withToken(() => accepted("api/v1/stream", { headers: headers({ Accept: "text/event-stream" }), signal: quiet.signal }));
    if (response.body === null) throw new Silence("the program's answer is empty");
    opened();
    const events = new EventReader(heard);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Silence("the program has closed the connection");
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), silenceIsLost_ms);
      alive();
      events.take(value);
    }
  } catch (error) {
    if (signal.aborted || error instanceof Refusal) throw error;
    throw new Silence("the connection broke");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    quiet.abort();
  }
}

/** Takes the text of a stream in any pieces and tells its events. */
export class EventReader {
  private rest = "";
  private name = "message";
  private data: string[] = [];

  constructor(private readonly heard: (name: string, data: string) => void) {}

  take(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.takeLine(line);
  }

  private takeLine(line: string): void {
    if (line === "") {
      if (this.data.length > 0) this.heard(this.name, this.data.join("\n"));
      this.name = "message";
      this.data = [];
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") this.name = value ?? "";
    if (field === "data") this.data.push(value ?? "");
  }
}
