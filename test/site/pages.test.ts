/** The pages of the site, before VitePress makes HTML of them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { collectPages, sourcePages } from "../../scripts/site/collect.ts";
import { escapeForVue, rewriteLinks } from "../../scripts/site/links.ts";
import { writeLlms } from "../../scripts/site/llms.ts";
import { sections } from "../../site/.vitepress/sections.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const listed = sections.flatMap(({ pages }) => pages);

describe("the sections of the site", () => {
  it("list every page of docs/ exactly once", () => {
    const pages = sourcePages(root)
      .map(({ page }) => page)
      .filter((page) => !page.startsWith("decisions/"));
    expect([...new Set(listed)]).toEqual([...listed]);
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
    expect(listed.filter((page) => page !== "decisions/index" && !pages.includes(page))).toEqual([]);
  });
});

describe("a link of a page", () => {
  const source = { file: "docs/guides/failures.md", page: "guides/failures" };
  const pageOf = new Map([
    ["docs/guides/batches.md", "guides/batches"],
    ["docs/ARCHITECTURE.md", "architecture"],
    ["README.md", "index"],
  ]);

  it.each([
    ["[batches](batches.md)", "[batches](./batches)"],
    ["[batches](batches.md#size)", "[batches](./batches#size)"],
    ["[where](../ARCHITECTURE.md)", "[where](../architecture)"],
    ["[start](../../README.md)", "[start](../index)"],
    ["[`code` and words](batches.md)", "[`code` and words](./batches)"],
    ["[here](#size)", "[here](#size)"],
    ["[RabbitMQ](https://www.rabbitmq.com/)", "[RabbitMQ](https://www.rabbitmq.com/)"],
    ["![picture](../images/x.svg)", "![picture](../images/x.svg)"],
  ])("%s becomes %s", (text, wanted) => {
    expect(rewriteLinks(text, source, pageOf)).toBe(wanted);
  });

  it("to a file that is not a page becomes plain text", () => {
    expect(rewriteLinks("see [the example](../../examples/retries/app.ts).", source, pageOf)).toBe("see the example.");
  });

  it("in code is not changed", () => {
    const text = "`[a](batches.md)`\n\n```md\n[a](batches.md)\n```";
    expect(rewriteLinks(text, source, pageOf)).toBe(text);
  });
});

describe("a tag that VitePress would treat as a component", () => {
  it("is escaped in prose only", () => {
    expect(escapeForVue("a <name> and {{ x }}, `<name>` and `{{ x }}`")).toBe(
      "a &lt;name> and &#123;&#123; x }}, `<name>` and `{{ x }}`",
    );
  });

  it("does not include HTML tags", () => {
    expect(escapeForVue('<p align="center"><img src="a.svg"></p>')).toBe('<p align="center"><img src="a.svg"></p>');
  });
});

describe("llms.txt", () => {
  it("lists every page with its first sentence, and the long form has all pages", () => {
    const folder = mkdtempSync(join(tmpdir(), "tomodachi-site-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    collectPages(root, folder);
    writeLlms(folder, sections, "What it is.");
    const list = readFileSync(join(folder, "public/llms.txt"), "utf8");
    expect(list.match(/^- \[[^\]]+\]\(\/[^)]+\.md\): \S/gm)).toHaveLength(listed.length);
    expect(list).toContain("> What it is.");
    expect(list).toMatch(/^- \[Subscribing\]\(\/guides\/subscribing\.md\): `@amqp\(routingKey, options\)` makes/m);
    expect(readFileSync(join(folder, "public/llms-full.txt"), "utf8")).toContain("# Dead letters");
  });
});
