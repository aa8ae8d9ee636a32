// Makes the page of the console: its script and its styles go into one HTML file, dist/console/page.html.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "src/console/page");
const target = ["chrome111", "firefox113", "safari16.4"];

const { outputFiles } = await build({
  entryPoints: [join(page, "main.ts")],
  bundle: true,
  write: false,
  format: "esm",
  minify: true,
  legalComments: "none",
  target,
});
const [script] = outputFiles;
if (!script) throw new Error("esbuild wrote no script for the page of the console");
const { code: styles } = await transform(readFileSync(join(page, "console.css"), "utf8"), {
  loader: "css",
  minify: true,
  target,
});
const html = readFileSync(join(page, "index.html"), "utf8")
  .replace("<style></style>", () => `<style>${styles.trim()}</style>`)
  // No string of the script may end the element that holds it.
  .replace('<script type="module"></script>', () => {
    const text = script.text.trim().replaceAll("</script", "<\\/script");
    return `<script type="module">${text}</script>`;
  });
const file = join(root, "dist/console/page.html");
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, html);
