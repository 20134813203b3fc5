// Bundles src/index.ts and the style sheet into aitown/static, and says how big they are.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context } from "esbuild";
import { minify } from "terser";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../aitown/static/", import.meta.url));
const KB = 1024;
const CLIENT_GZIP = 4;
const FILES = ["widget.js", "widget.css"];
const LIMIT = { gzip: 60, raw: 200 }; // of all files together

const options = {
  absWorkingDir: here,
  entryPoints: { widget: "src/index.ts" },
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "info",
};
const style = { ...options, entryPoints: { widget: "src/style/index.css" } };

/**
 * Hosts evaluate the module once a widget, and what each evaluation compiles stays for as long as the page: 1.1 MB. So the
 * first one leaves what it made to those of the same code, for which the body is a function that is never called.
 */
async function bundle() {
  const made = await build({ ...options, format: "iife", globalName: "widget", write: false });
  const [{ path, text }] = made.outputFiles;
  const name = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const shared = `globalThis[Symbol.for("aitown.code.${name}")]`;
  const whole = `function make(){${text}return widget.default}export default ${shared}??=make();`;
  const { code } = await minify(whole, {
    module: true,
    ecma: 2020,
    compress: { passes: 3, keep_fargs: false },
  });
  writeFileSync(path, `${code}\n`);
}

const sizes = (code) => ({ raw: code.length / KB, gzip: gzipSync(code, { level: 9 }).length / KB });
const line = (name, { raw, gzip }) =>
  `${name.padEnd(22)} ${raw.toFixed(1).padStart(7)} KB ${gzip.toFixed(1).padStart(7)} KB gzip`;

if (process.argv.includes("--watch")) {
  for (const one of [options, style]) await (await context({ ...one, minify: false })).watch();
} else {
  await Promise.all([bundle(), build(style)]);
  let good = true;
  const all = { raw: 0, gzip: 0 };
  for (const name of FILES) {
    const size = sizes(readFileSync(out + name));
    console.log(line(name, size));
    for (const kind of Object.keys(all)) all[kind] += size[kind];
  }
  console.log(line("together", all));
  if (all.raw > LIMIT.raw || all.gzip > LIMIT.gzip) {
    console.error(`Together they are above their limit of ${LIMIT.raw} KB raw, ${LIMIT.gzip} KB gzip.`);
    good = false;
  }
  const client = await build({
    ...options,
    entryPoints: ["src/reconnect.ts"],
    write: false,
    logLevel: "error",
  });
  const alone = sizes(client.outputFiles[0].contents);
  console.log(line("reconnect.ts by itself", alone));
  if (alone.gzip > CLIENT_GZIP) {
    console.error(`The client by itself is above its limit of ${CLIENT_GZIP} KB gzip.`);
    good = false;
  }
  if (!good) process.exit(1);
}
