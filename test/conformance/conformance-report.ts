// docs/conformance.md as text: how each broker did, where they differ, and every case by its title.
import type { Divergence } from "./divergences.ts";
import type { CaseResult } from "./suite.ts";

/** A case that ran, and whether its test was content with it. */
export interface FinishedCase extends CaseResult {
  readonly passed: boolean;
}

/** An area as far as the page goes. */
export interface ListedArea {
  readonly name: string;
  readonly cases: readonly { readonly title: string }[];
}

/** One broker of one version. */
type Column = Pick<FinishedCase, "broker" | "version">;

/** The whole document. Throws where a case did not pass on each broker, or where one kind of broker is missing. */
export function renderReport(
  areas: readonly ListedArea[],
  finished: readonly FinishedCase[],
  divergences: readonly Divergence[],
): string {
  const missing = missingCases(areas, finished);
  if (missing.length > 0) {
    const list = missing.map((one) => `  ${one}`).join("\n");
    throw new Error(`docs/conformance.md is not written. What did not pass: ${missing.length}\n${list}`);
  }
  return [
    "# Conformance",
    "",
    "Every case below is one test. It runs on the embedded broker and on each RabbitMQ release in the table. The name of a case says",
    "what the broker does. The tests use clients that share no code with the embedded broker: amqplib, rabbitmq-client, and bytes",
    "written by hand. If RabbitMQ changed its behaviour in a release, the case contains the behaviour of each release. The embedded",
    "broker runs once as each release that it can imitate, and has to behave like that release; the newest one is its default.",
    "",
    "A broker may fail a case only if `test/conformance/divergences.ts` lists it. If a listed case passes, the suite fails too.",
    "",
    "The embedded broker as RabbitMQ 3.13 is not compared with a real broker, because no Debian release contains 3.13. It is 3.10 with the",
    "three later changes that a case tests: `x-last-death-*`, timestamps in bindings of a headers exchange, and exchanges of unknown types.",
    "",
    "Debian's package of 4.3 allows transient queues that are not exclusive, but RabbitMQ 4.3 itself refuses them. The tests set",
    "`deprecated_features.permit.transient_nonexcl_queues = false` for it.",
    "",
    "`npm run conformance` writes this page, but only if every case passed on every broker.",
    "",
    renderTable(areas, finished),
    "",
    "## Differences",
    "",
    renderDivergences(divergences),
    "",
    "## Cases",
    "",
    renderCases(areas),
    "",
  ].join("\n");
}

/** Areas as rows, brokers as columns: how many cases passed of how many, with differences counted separately. */
export function renderTable(areas: readonly ListedArea[], finished: readonly FinishedCase[]): string {
  const cell = (of: readonly FinishedCase[], total: number): string => {
    if (of.length === 0) return "not run";
    const differ = of.filter((one) => one.passed && one.divergence !== undefined).length;
    const alike = of.filter((one) => one.passed).length - differ;
    return differ === 0 ? `${alike} of ${total}` : `${alike} of ${total}, ${differ} differ`;
  };
  const columns = columnsOf(finished);
  const row = (name: string, cases: readonly FinishedCase[], total: number): string => {
    const cells = columns.map((column) => cell(cases.filter(isOf(column)), total));
    return `| ${[name, ...cells].join(" | ")} |`;
  };
  const total = areas.reduce((sum, { cases }) => sum + cases.length, 0);
  return [
    `| area | ${columns.map(heading).join(" | ")} |`,
    `|---|${columns.map(() => "---|").join("")}`,
    ...areas.map(({ name, cases }) =>
      row(
        name,
        finished.filter((one) => one.area === name),
        cases.length,
      ),
    ),
    row("**all**", finished, total),
  ].join("\n");
}

/** Every case under its area, as the document lists them. */
export function renderCases(areas: readonly ListedArea[]): string {
  return areas
    .map(({ name, cases }) => [`### ${name}`, "", ...cases.map(({ title }) => `- ${escaped(title)}`)].join("\n"))
    .join("\n\n");
}

function renderDivergences(divergences: readonly Divergence[]): string {
  if (divergences.length === 0) return "None.";
  const rows = divergences.map(
    (row) => `| ${row.area}: ${escaped(row.case)} | ${row.broker} | ${escaped(row.reason)} | ${row.rabbitmqVersion} |`,
  );
  return ["| case | fails on | why | seen with RabbitMQ |", "|---|---|---|---|", ...rows].join("\n");
}

function missingCases(areas: readonly ListedArea[], finished: readonly FinishedCase[]): string[] {
  const columns = columnsOf(finished);
  const absent = (["embedded", "rabbitmq"] as const).filter((kind) => columns.every(({ broker }) => broker !== kind));
  const passed = new Set(finished.filter((one) => one.passed).map((one) => keyOf(one, one.area, one.title)));
  const failed = columns.flatMap((column) =>
    areas.flatMap(({ name, cases }) =>
      cases.map(({ title }) => keyOf(column, name, title)).filter((key) => !passed.has(key)),
    ),
  );
  return [...absent.map((kind) => `${kind}: nothing ran`), ...failed];
}

function keyOf({ broker, version }: Column, area: string, title: string): string {
  return `${broker} ${version}: ${area}: ${title}`;
}

/** The embedded broker first, then RabbitMQ's releases in the order in which they ran. */
function columnsOf(finished: readonly FinishedCase[]): readonly Column[] {
  const columns = new Map(finished.map(({ broker, version }) => [`${broker} ${version}`, { broker, version }]));
  const all = [...columns.values()];
  return [...all.filter(({ broker }) => broker === "embedded"), ...all.filter(({ broker }) => broker !== "embedded")];
}

function heading({ broker, version }: Column): string {
  return broker === "rabbitmq" ? `RabbitMQ ${version}` : `embedded, follows RabbitMQ ${version}`;
}

function isOf({ broker, version }: Column): (one: FinishedCase) => boolean {
  return (one) => one.broker === broker && one.version === version;
}

/** Letters that Markdown would take for marks. */
function escaped(text: string): string {
  return text.replace(/[\\*_#<>|`[\]]/g, "\\$&");
}
