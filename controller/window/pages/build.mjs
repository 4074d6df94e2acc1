// Checks and bundles the pages: node build.mjs FOLDER-WITH-node_modules OUTPUT-FOLDER
// Writes each page file, the same with gzip -9 beside it, and digest.txt of all of them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const sources = dirname(fileURLToPath(import.meta.url));
const installed = resolve(process.argv[2]);
const output = resolve(process.argv[3]);
const modules = join(installed, "node_modules");
const esbuild = createRequire(join(installed, "package.json"))("esbuild");

function checkTypes() {
  const configuration = join(output, "tsconfig.json");
  writeFileSync(configuration, JSON.stringify({
    extends: join(sources, "tsconfig.json"),
    compilerOptions: { paths: { "*": [join(modules, "*")] } },
    include: [join(sources, "**/*.ts")],
  }));
  const tsc = join(modules, "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--project", configuration], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

async function bundled(entry, licence = "") {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(sources, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: ["chrome100", "firefox100", "safari15.4"],
    nodePaths: [modules],
    legalComments: "none",
    banner: entry.endsWith(".ts") ? { js: licence } : {},
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

const kBuildMark = "@digest-of-the-pages@";  // in program.ts; becomes the digest of everything with the mark in place

mkdirSync(output, { recursive: true });
checkTypes();
const licence = readFileSync(join(modules, "uplot", "LICENSE"), "utf8").trim();
const files = {
  "index.html": readFileSync(join(sources, "index.html"), "utf8"),
  "program.js": await bundled("program.ts", `/* Charts by uPlot 1.6.32, see licences.txt. */`),
  "style.css": await bundled("style.css"),
  "icon.svg": readFileSync(join(sources, "icon.svg"), "utf8"),
  "licences.txt": `These pages contain uPlot 1.6.32 (https://github.com/leeoniya/uPlot):\n\n${licence}\n`,
};
const digest = createHash("sha256");
for (const [name, text] of Object.entries(files)) digest.update(`${name}\0${text.length}\0${text}`);
const build = digest.digest("hex").slice(0, 16);
if (!files["program.js"].includes(kBuildMark)) throw new Error(`program.js does not contain ${kBuildMark}`);
files["program.js"] = files["program.js"].replaceAll(kBuildMark, build);
for (const [name, text] of Object.entries(files)) {
  writeFileSync(join(output, name), text);
  writeFileSync(join(output, `${name}.gz`), gzipSync(text, { level: 9 }));
}
writeFileSync(join(output, "digest.txt"), build);
