/* Builds static/dist, the parts of the front end that are other people's: fonts, icons (one sprite of the names in
   static/icons.txt), Plotly and Swagger UI, copied from node_modules, and the SQL editor, bundled from editor.js. Nothing of it
   enters the repository. */
import { buildSync } from "esbuild";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const OUT = "static/dist";
const FILES = [
  ["@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", ""],
  ["@fontsource-variable/inter/files/inter-cyrillic-wght-normal.woff2", ""],
  ["@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2", ""],
  ["plotly.js-cartesian-dist-min/plotly-cartesian.min.js", ""],
  ["swagger-ui-dist/swagger-ui-bundle.js", "swagger/"],
  ["swagger-ui-dist/swagger-ui.css", "swagger/"],
];

function symbol(name) {
  const picture = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const body = picture.match(/<svg[^>]*>(.*)<\/svg>/s)[1].replace(/\s+/g, " ").trim();
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${body}</symbol>`;
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/swagger`, { recursive: true });
for (const [file, folder] of FILES) cpSync(`node_modules/${file}`, `${OUT}/${folder}${file.split("/").at(-1)}`);
const names = readFileSync("static/icons.txt", "utf8").split("\n").map(line => line.trim()).filter(Boolean);
writeFileSync(`${OUT}/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${names.map(symbol).join("")}</svg>\n`);
buildSync({ entryPoints: ["editor.js"], bundle: true, minify: true, format: "esm", outfile: `${OUT}/editor.js`, legalComments: "none", logLevel: "error" });
console.log(`static/dist: ${names.length} icons, ${FILES.length} files`);
