// The suite's own books: titles, divergences, and the page that lists them.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadAreas } from "./areas.ts";
import { type FinishedCase, type ListedArea, renderCases, renderReport } from "./conformance-report.ts";
import { divergences } from "./divergences.ts";

const areas = await loadAreas();

describe("the conformance suite", () => {
  it("has unique titles in each area", () => {
    for (const { name, cases } of areas) {
      const titles = cases.map(({ title }) => title);
      expect(
        titles.filter((title, index) => titles.indexOf(title) !== index),
        name,
      ).toEqual([]);
    }
  });

  it("allows differences in fewer than ten cases, each of which exists", () => {
    expect(divergences.length).toBeLessThan(10);
    for (const row of divergences) {
      const area = areas.find(({ name }) => name === row.area);
      expect(
        area?.cases.map(({ title }) => title),
        row.area,
      ).toContain(row.case);
    }
  });

  it("is listed, case by case, in docs/conformance.md", () => {
    const page = readFileSync(new URL("../../docs/conformance.md", import.meta.url), "utf8");
    expect(page, "npm run conformance writes it").toContain(`\n## Cases\n\n${renderCases(areas)}\n`);
  });
});

describe("the report", () => {
  const area: ListedArea = { name: "area", cases: [{ title: "one" }, { title: "two *" }] };
  const finished: readonly FinishedCase[] = (["embedded", "rabbitmq"] as const).flatMap((broker) =>
    area.cases.map(({ title }) => ({ broker, version: "1.2.3", area: "area", title, passed: true })),
  );

  it("has a column for each release of RabbitMQ", () => {
    const newer = finished.filter(({ broker }) => broker === "rabbitmq").map((one) => ({ ...one, version: "2.0.0" }));
    const text = renderReport([area], [...finished, ...newer], []);
    expect(text).toContain(
      "| area | embedded, follows RabbitMQ 1.2.3 | RabbitMQ 1.2.3 | RabbitMQ 2.0.0 |\n|---|---|---|---|",
    );
    expect(text).toContain("| area | 2 of 2 | 2 of 2 | 2 of 2 |");
    expect(() => renderReport([area], [...finished, ...newer.slice(1)], [])).toThrow("rabbitmq 2.0.0: area: one");
  });

  it("counts what passed and what differs", () => {
    const differing = finished.map((one, index) => (index === 0 ? { ...one, divergence: "for a reason" } : one));
    const text = renderReport([area], differing, []);
    expect(text).toContain("| area | embedded, follows RabbitMQ 1.2.3 | RabbitMQ 1.2.3 |");
    expect(text).toContain("| area | 1 of 2, 1 differ | 2 of 2 |");
    expect(text).toContain("### area\n\n- one\n- two \\*\n");
  });

  it("is not written when a case failed or did not run", () => {
    const failed = finished.map((one, index) => (index === 3 ? { ...one, passed: false } : one));
    expect(() => renderReport([area], failed, [])).toThrow("rabbitmq 1.2.3: area: two *");
    expect(() => renderReport([area], finished.slice(1), [])).toThrow("embedded 1.2.3: area: one");
    const embedded = finished.filter(({ broker }) => broker === "embedded");
    expect(() => renderReport([area], embedded, [])).toThrow("rabbitmq: nothing ran");
  });
});
