// What the pages compute without a browser: node test_page_functions.mjs FOLDER-OF-THE-PAGES FOLDER-WITH-node_modules
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { test } from "node:test";

const [pages, installed] = process.argv.slice(2).map((folder) => resolve(folder));
const esbuild = createRequire(join(installed, "package.json"))("esbuild");

async function moduleOf(file) {
  const { outputFiles } = await esbuild.build({ entryPoints: [join(pages, file)], bundle: true, write: false, format: "esm" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
}

const words = await moduleOf("words.ts");
const { EventReader } = await moduleOf("server.ts");
const { contourOf, shareOf, ticksOf } = await moduleOf("heat_map.ts");
const { addressOf, placeOf } = await moduleOf("address.ts");
const { sayVerdict, verdictOf } = await moduleOf("verdict.ts");
const { Night } = await moduleOf("night.ts");

test("a number has the digits that its standard error leaves", () => {
  assert.equal(words.withError(508.53012, 0.0113), "508.530 ± 0.011");
  assert.equal(words.withError(2955840.5, 1202.4), "2955841 ± 1202");
  assert.equal(words.withError(0.62, 0.049), "0.620 ± 0.049");
  assert.equal(words.withError(497.9371), "497.9");
  assert.equal(words.withError(497.9371, 0), "497.9");
  assert.equal(words.withError(1.5e-6, 2e-8), "1.500e-6 ± 2.0e-8");
});

test("an interval has the digits that its width leaves, and its unit once", () => {
  assert.equal(words.withInterval(492.002, 491.306, 492.701, "nm"), "492.00 nm (491.31 to 492.70)");
  assert.equal(words.withInterval(8.2, 7.72, 8.76), "8.20 (7.72 to 8.76)");
  assert.equal(words.withInterval(3059987.9, 2961642.6, 3161598.8), "3060000 (2962000 to 3162000)");
  assert.equal(words.withInterval(5, 5, 5, "nm"), "5 nm");
});

test("a number without an error has four digits and no needless zeros", () => {
  assert.deepEqual([0, 240, 0.5, 123.456, -0.00712345, 98765.4, NaN].map((value) => words.digits(value)),
    ["0", "240", "0.5", "123.5", "-0.007123", "98765", "not a number"]);
});

test("a probability is 0 or 100 % only if it is that", () => {
  assert.deepEqual([0, 5.7e-7, 0.834, 0.9999976, 1].map(words.percent), ["0 %", "< 1 %", "83 %", "> 99 %", "100 %"]);
});

test("campaign time reads as a clock, and how long something takes as words", () => {
  assert.equal(words.clock(7523.9), "02:05:23");
  assert.equal(words.clock(-1), "00:00:00");
  assert.deepEqual([4, 59.4, 60, 3599, 3600, 7800].map(words.duration), ["4 s", "59 s", "1 min", "1 h", "1 h", "2 h 10 min"]);
});

test("a variable is named with its unit, a choice by its word", () => {
  const ligands = [{ name: "ligand", low: 0, high: 1, unit: "", choices: ["oleylamine", "octylamine"] }];
  assert.equal(words.setting("residence_time_s", 40, []), "residence time 40 s");
  assert.equal(words.setting("br_pb", 7.67891, []), "br_pb 7.679");
  assert.equal(words.setting("ligand", 1, ligands), "ligand octylamine");
  assert.equal(words.heading("temperature_C"), "temperature, °C");
  assert.equal(words.outputHeading("first_exciton_nm"), "first exciton, nm");
});

test("events are told whole, in whatever pieces they come", () => {
  const stream = ": hello\n\nevent: sentence\ndata: {\"a\":\ndata: 1}\n\r\nevent: campaign\r\ndata: {}\r\n\r\ndata: x\n\n";
  for (const size of [1, 2, 7, stream.length]) {
    const heard = [];
    const reader = new EventReader((name, data) => heard.push([name, data]));
    for (let at = 0; at < stream.length; at += size) reader.take(stream.slice(at, at + size));
    assert.deepEqual(heard, [["sentence", "{\"a\":\n1}"], ["campaign", "{}"], ["message", "x"]], `pieces of ${size}`);
  }
});

test("a place on an axis is found between its values, evenly spaced or not, rising or falling", () => {
  assert.equal(shareOf([0, 1, 2], 1), 0.5);
  assert.equal(shareOf([1, 10, 100], 10), 0.5);
  assert.equal(shareOf([1, 10, 100], 100), 1);
  assert.equal(shareOf([2, 1, 0], 0.5), 0.75);
  assert.ok(shareOf([0, 1], 3) > 1);
  assert.ok(shareOf([0, 1], -1) < 0);
});

test("ticks are round and within the axis", () => {
  assert.deepEqual(ticksOf([70, 180], 4), [100, 150]);
  assert.deepEqual(ticksOf([3.2, 12], 4), [5, 10]);
  assert.deepEqual(ticksOf([5, 5], 4), [5]);
});

test("a contour runs where the map has its value, and not through what is not known", () => {
  assert.deepEqual(contourOf([[0, 2], [0, 2]], 1), [[[0.5, 0], [0.5, 1]]]);
  assert.deepEqual(contourOf([[0, 0], [0, 0]], 1), []);
  assert.deepEqual(contourOf([[0, null], [0, 2]], 1), []);
});

test("an address leads back to page, log and time; what it does not say is left out", () => {
  const scene = { log: "a night & more.db", at_s: 3600 };
  assert.deepEqual(placeOf(addressOf("map", scene)), { page: "map", scene });
  assert.deepEqual(placeOf(""), { page: "", scene: {} });
  assert.deepEqual(placeOf("#/bench?at_s=soon&log="), { page: "bench", scene: {} });
  assert.deepEqual(placeOf("#/bench?at_s=-4"), { page: "bench", scene: {} });
});

const since = new Date("2026-11-22T22:00:00");
const fine = { verdict: "fine", verdict_text: "All is well.", ended: false, live: true, now_s: 60, length_s: 60 };
const done = { ...fine, verdict: "done", verdict_text: "The night is over.", ended: true, live: false };

test("a night that may have changed since it was heard of is not known, one that has ended stays what it is", () => {
  const lost = { state: "lost", since, again_s: 1 }, unreadable = { ...lost, reason: "the log is gone" }, checking = { state: "checking", since };
  for (const connection of [lost, unreadable, checking, { state: "refused" }]) {
    assert.equal(verdictOf({ campaign: fine, connection }), "unknown");
    assert.equal(verdictOf({ campaign: done, connection }), "done");
    assert.equal(sayVerdict(done, connection), "The night is over.");
  }
  assert.equal(verdictOf({ campaign: fine, connection: { state: "live" } }), "fine");
  assert.match(sayVerdict(fine, lost), /^No word from the program since .* Then it was: All is well\.$/);
  assert.match(sayVerdict(fine, unreadable), /^The program cannot tell: the log is gone\./);
  assert.equal(sayVerdict(fine, checking, new Date("2026-11-22T22:03:00")), "Asking the program. 3 min ago it was: All is well.");
});

/** What the pages ask is answered by `program.answers`: by path, [status, document]; nothing = the network is gone. */
function standIn(answers) {
  const program = { answers, asked: [] };
  globalThis.sessionStorage = { getItem: () => null, setItem: () => {} };
  globalThis.fetch = async (where, { signal }) => {
    const path = where.replace("api/v1", "").split("?")[0];
    program.asked.push(where);
    if (!program.answers) throw new TypeError("network error");
    if (path === "/stream") {
      const body = new ReadableStream({ start(stream) {
        program.say = (text) => stream.enqueue(new TextEncoder().encode(text));
        signal.addEventListener("abort", () => stream.error(signal.reason));
      } });
      return new Response(body);
    }
    const [status, document] = program.answers[path] ?? [200, { sentences: [], experiments: [], variables: [] }];
    return new Response(JSON.stringify(document), { status });
  };
  return program;
}

/** Waits until it is so, half a minute at most. */
async function comes(isSo) {
  for (let tries = 0; !isSo(); ++tries) {
    assert.ok(tries < 6000, `it never came to ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function nightOf(program, scene = {}) {
  const night = new Night();
  night.open(scene);
  await comes(() => ["live", "still", "lost"].includes(night.connection.state));
  return night;
}

const problem = (status, detail) => [status, { title: "The log cannot be read", status, detail }];

test("what the program says instead of an answer is told as its reason", async () => {
  for (const status of [429, 500, 503]) {
    const night = await nightOf(standIn({ "/campaign": problem(status, "event 7 is damaged") }));
    assert.equal(night.connection.state, "lost");
    assert.equal(night.connection.reason, "event 7 is damaged");
    night.following.abort();
  }
});

test("a log that cannot be read any more is told at once, and found again when it can", async () => {
  const program = standIn({ "/campaign": [200, fine] });
  const night = await nightOf(program);
  assert.equal(verdictOf(night), "fine");
  program.answers = { "/campaign": problem(500, "the log is gone") };
  program.say(`event: unreadable\ndata: ${JSON.stringify(problem(500, "the log is gone")[1])}\n\n`);
  await comes(() => night.connection.state === "lost");
  assert.equal(verdictOf(night), "unknown");
  assert.equal(night.connection.reason, "the log is gone");
  program.answers = { "/campaign": [200, fine] };
  night.wake();
  await comes(() => night.connection.state === "live");
  night.following.abort();
});

test("a device that wakes up asks at once, and calls nothing fine meanwhile", async () => {
  const program = standIn({ "/campaign": [200, fine] });
  const night = await nightOf(program);
  const asked = program.asked.length;
  night.wake();
  assert.equal(night.connection.state, "live");  // heard of just now
  assert.equal(program.asked.length, asked);
  night.heardAt = new Date(Date.now() - 60_000);
  night.wake();
  assert.equal(night.connection.state, "checking");
  assert.equal(verdictOf(night), "unknown");
  await comes(() => night.connection.state === "live");
  assert.equal(verdictOf(night), "fine");
  night.following.abort();
});

test("a replay whose time could not be had goes on by itself, at the time wanted last", async () => {
  const program = standIn({ "/campaign": [200, done] });
  const night = await nightOf(program, { log: "a.db", at_s: 0 });
  const { answers } = program;
  delete program.answers;
  await night.moveTo(100);
  await comes(() => night.connection.state === "lost");
  const asked = program.asked.length;
  for (const at_s of [101, 102, 103]) await night.moveTo(at_s);
  assert.ok(program.asked.length - asked < 3);  // what moves meanwhile is no storm of questions
  program.answers = answers;
  await comes(() => night.connection.state === "still");
  assert.match(program.asked.at(-1), /at_s=103/);
  night.following.abort();
});
