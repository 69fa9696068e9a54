// Bundles each script of src/pages, with what it imports, into the folder given; shared and lazy
// parts become files of their own. Beside them goes a notice of every package that is in them.
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const [outdir] = process.argv.slice(2);
if (!outdir) throw new Error("usage: node bundle.mjs OUTDIR");

const pages = (await readdir(path.join(here, "src/pages"))).filter((name) => name.endsWith(".ts"));
const { metafile } = await esbuild.build({
  absWorkingDir: here,
  entryPoints: pages.map((name) => `src/pages/${name}`),
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
await writeFile(path.join(outdir, "NOTICES.txt"), await notices(Object.keys(metafile.inputs)));

/** Writes the licences of the packages that a bundle took files from. */
async function notices(inputs) {
  const names = inputs.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  const packages = [...new Set(names.filter(Boolean))].sort();
  const told = ["The scripts of the pages contain these packages, each under its own licence.\n"];
  for (const name of packages) {
    const folder = path.join(here, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file, so it cannot be bundled`);
    const text = await readFile(path.join(folder, file), "utf8");
    told.push(`${"-".repeat(72)}\n${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return told.join("\n");
}
