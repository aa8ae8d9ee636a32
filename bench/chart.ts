// The chart of a run: CPU of a message beside plain amqplib, one bar for each side of each job.
import type { Side } from "./jobs.ts";
import { nameOf, type Results, ratioOf } from "./results.ts";

const width = 720;
const left = 150;
const barHeight = 16;
const gap = 14;
const colours: Readonly<Record<string, string>> = { tomodachi: "#2563eb", amqplib: "#9ca3af" };
const others = ["#d97706", "#059669", "#7c3aed", "#db2777"];

/** An SVG image that needs nothing else. Shorter bars are better. */
export function chart(results: Results): string {
  const bars = results.jobs
    .filter(({ job }) => job !== "latency" && job !== "memory")
    .flatMap((result) =>
      (Object.keys(result.sides) as Side[]).map((side, at) => ({
        label: at === 0 ? nameOf(result) : "",
        first: at === 0,
        side,
        ratio: ratioOf(result, side, "warm", "cpuMicros"),
      })),
    );
  const most = Math.max(1, ...bars.map(({ ratio }) => ratio));
  const scale = (width - left - 140) / most;
  const sides = [...new Set(bars.map(({ side }) => side))];
  const lines: string[] = [];
  let y = 40;
  for (const { label, first, side, ratio } of bars) {
    if (first) y += gap;
    const length = (ratio * scale).toFixed(1);
    const text = `${ratio.toFixed(2)} ${side}`;
    if (label !== "") lines.push(`<text x="${left - 8}" y="${y + 12}" text-anchor="end">${label}</text>`);
    lines.push(
      `<rect x="${left}" y="${y}" width="${length}" height="${barHeight - 2}" fill="${colourOf(side, sides)}"/>`,
    );
    lines.push(`<text x="${left + Number(length) + 6}" y="${y + 12}">${text}</text>`);
    y += barHeight;
  }
  const one = (left + scale).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + gap}" role="img" aria-label="CPU of one message beside plain amqplib" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${y + gap}" fill="#ffffff"/>`,
    '<text x="12" y="24" font-size="14">CPU of one message, plain amqplib = 1 (shorter is better)</text>',
    `<line x1="${one}" y1="44" x2="${one}" y2="${y}" stroke="#374151" stroke-dasharray="3 3"/>`,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

function colourOf(side: Side, sides: readonly Side[]): string {
  const rest = sides.filter((other) => !(other in colours));
  return colours[side] ?? others[rest.indexOf(side) % others.length] ?? "#000000";
}
