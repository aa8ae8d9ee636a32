// docs/conformance.md as text: how each broker did, where they differ, and every case by its title.
import type { BrokerAdmin } from "./conformance-case.ts";
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

const brokers: readonly BrokerAdmin["kind"][] = ["embedded", "rabbitmq"];

/** The whole document. Throws where a case did not pass on both brokers: what it says has to be true. */
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
    "Every case below is one test, and runs on the embedded broker and on RabbitMQ: the same code, by clients that know",
    "nothing of the embedded broker's codec (amqplib, rabbitmq-client, and bytes written by hand). A case may differ only",
    "where `test/conformance/divergences.ts` says so; a difference that is gone fails as well.",
    "",
    "This page is written by `npm run conformance`, and only when every case passed.",
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

/** Areas by rows, brokers by columns: how many cases passed of how many, differences told apart. */
export function renderTable(areas: readonly ListedArea[], finished: readonly FinishedCase[]): string {
  const cell = (of: readonly FinishedCase[], total: number): string => {
    if (of.length === 0) return "not run";
    const differ = of.filter((one) => one.passed && one.divergence !== undefined).length;
    const alike = of.filter((one) => one.passed).length - differ;
    return differ === 0 ? `${alike} of ${total}` : `${alike} of ${total}, ${differ} differ`;
  };
  const row = (name: string, cases: readonly FinishedCase[], total: number): string => {
    const cells = brokers.map((broker) => cell(cases.filter(by(broker)), total));
    return `| ${[name, ...cells].join(" | ")} |`;
  };
  const total = areas.reduce((sum, { cases }) => sum + cases.length, 0);
  return [
    `| area | ${brokers.map((broker) => heading(broker, finished)).join(" | ")} |`,
    "|---|---|---|",
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
  const passed = new Set(finished.filter((one) => one.passed).map((one) => keyOf(one.broker, one.area, one.title)));
  return brokers.flatMap((broker) =>
    areas.flatMap(({ name, cases }) =>
      cases.map(({ title }) => keyOf(broker, name, title)).filter((key) => !passed.has(key)),
    ),
  );
}

function keyOf(broker: string, area: string, title: string): string {
  return `${broker}: ${area}: ${title}`;
}

function heading(broker: BrokerAdmin["kind"], finished: readonly FinishedCase[]): string {
  const version = finished.find(by(broker))?.version;
  if (broker === "rabbitmq") return version === undefined ? "RabbitMQ" : `RabbitMQ ${version}`;
  return version === undefined ? "embedded" : `embedded, follows RabbitMQ ${version}`;
}

function by(broker: BrokerAdmin["kind"]): (one: FinishedCase) => boolean {
  return (one) => one.broker === broker;
}

/** Letters that Markdown would take for marks. */
function escaped(text: string): string {
  return text.replace(/[\\*_#<>|`[\]]/g, "\\$&");
}
