// Bundles src/index.ts and the style sheet into aitown/static, and says how big they are.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../aitown/static/", import.meta.url));
const KB = 1024;
const CLIENT_GZIP = 4;
const LIMITS = { "widget.js": { gzip: 60, raw: 200 }, "widget.css": { gzip: 8, raw: 40 } };

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

const sizes = (code) => ({ raw: code.length / KB, gzip: gzipSync(code, { level: 9 }).length / KB });
const line = (name, { raw, gzip }) =>
  `${name.padEnd(22)} ${raw.toFixed(1).padStart(7)} KB ${gzip.toFixed(1).padStart(7)} KB gzip`;

if (process.argv.includes("--watch")) {
  for (const one of [options, style]) await (await context({ ...one, minify: false })).watch();
} else {
  await Promise.all([build(options), build(style)]);
  let good = true;
  for (const [name, limit] of Object.entries(LIMITS)) {
    const size = sizes(readFileSync(out + name));
    console.log(line(name, size));
    if (size.raw > limit.raw || size.gzip > limit.gzip) {
      console.error(`${name} is above its limit of ${limit.raw} KB raw, ${limit.gzip} KB gzip.`);
      good = false;
    }
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
