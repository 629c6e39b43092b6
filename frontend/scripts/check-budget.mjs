// Adds up the gzipped JavaScript that a first visit loads, for every route, and fails when the largest is over budget.
// Read from Vite's manifest: the entry with its static imports, plus a route's chunk with its static imports.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 256;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const imported of manifest[key].imports ?? []) closure(imported, seen);
  return seen;
}

const sizes = new Map();
function gzipped(key) {
  const { file } = manifest[key];
  if (!file.endsWith(".js")) return 0;
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
  return sizes.get(file);
}

const kilobytes = (keys) => [...keys].reduce((sum, key) => sum + gzipped(key), 0) / 1000;

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = closure(entry);
const routes = (manifest[entry].dynamicImports ?? []).filter((key) => key.includes("src/routes/"));
// A page is loaded along with the layouts around it: `_signed-in/clusters.tsx` with `_signed-in.tsx`.
const layoutsOf = (key) => routes.filter((each) => key.startsWith(each.replace(/\.tsx.*$/, "/")));

const loads = [["the shell alone", kilobytes(shell)]].concat(
  routes.map((key) => {
    const loaded = new Set(shell);
    for (const part of [...layoutsOf(key), key]) closure(part, loaded);
    return [key.replace(/^.*src\/routes\//, "").replace(/\?.*$/, ""), kilobytes(loaded)];
  }),
);
loads.sort((a, b) => b[1] - a[1]);

for (const [what, size] of loads) console.log(`${size.toFixed(1).padStart(7)} kB  ${what}`);
if (loads[0][1] > BUDGET_KB) {
  console.error(
    `First load of ${loads[0][0]} is ${loads[0][1].toFixed(1)} kB gzipped, over the budget of ${BUDGET_KB} kB.`,
  );
  process.exit(1);
}
console.log(`Within the budget of ${BUDGET_KB} kB of gzipped JavaScript for a first load.`);
