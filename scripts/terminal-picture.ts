// npm run picture: docs/images/hello-world.svg, the terminal that the README shows, drawn from a real run of the example.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const greetings = 3;
const size = { columns: 112, lineHeight: 19, charWidth: 7.85, margin: 16, bar: 28 };
const colours: Readonly<Record<string, string>> = {
  "31": "#f47067",
  "32": "#8ddb8c",
  "33": "#f2cc60",
  "34": "#6cb6ff",
  "35": "#dcbdfb",
  "36": "#76e3ea",
  "2": "#909dab",
  "90": "#909dab",
};

/** What the command writes until it has greeted a few times. */
async function record(): Promise<string[]> {
  const args = ["dist/cli/main.js", "run", "examples/hello-world/service/", "--broker", "embedded"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let stopping = false;
  const take = (chunk: Buffer) => {
    output += chunk.toString();
    if (stopping || (output.match(/hello, /g) ?? []).length < greetings) return;
    stopping = true;
    child.kill("SIGINT");
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const [code] = (await once(child, "close")) as [number | null];
  if (!stopping || code !== 0) throw new Error(`The example ended with exit code ${code}:\n${output}`);
  return output.trimEnd().split("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** One line of a terminal as SVG: a span for each run of one colour, cut where the terminal ends. */
function drawn(line: string, y: number): string {
  const spans: string[] = [];
  let fill: string | undefined;
  let room = size.columns;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of a terminal begin with one
  for (const [, codes, text = ""] of line.matchAll(/(?:\u001b\[([\d;]*)m)?([^\u001b]*)/g)) {
    if (codes !== undefined) fill = colours[codes.split(";").at(-1) ?? ""];
    const shown = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text;
    if (room <= 0 || shown === "") continue;
    room -= text.length;
    spans.push(fill === undefined ? escaped(shown) : `<tspan fill="${fill}">${escaped(shown)}</tspan>`);
  }
  return `<text x="${size.margin}" y="${y}" xml:space="preserve">${spans.join("")}</text>`;
}

function picture(lines: readonly string[]): string {
  const width = Math.round(size.columns * size.charWidth) + 2 * size.margin;
  const height = size.bar + lines.length * size.lineHeight + size.margin;
  const rows = lines.map((line, at) => drawn(line, size.bar + (at + 1) * size.lineHeight));
  const dots = ["#f47067", "#f2cc60", "#8ddb8c"].map(
    (fill, at) => `<circle cx="${size.margin + 6 + at * 20}" cy="16" r="6" fill="${fill}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="A terminal that runs the hello-world service">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#22272e"/>`,
    ...dots,
    '<g font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" fill="#cdd9e5">',
    ...rows,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

const lines = await record();
writeFileSync(`${root}docs/images/hello-world.svg`, picture(["$ npm start", ...lines]));
