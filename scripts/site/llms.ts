/** llms.txt: the pages of the site for a language model, as a list and as one text (https://llmstxt.org). */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { titleOf } from "./collect.ts";

export interface Section {
  readonly title: string;
  readonly pages: readonly string[];
}

/** Writes llms.txt and llms-full.txt into the public files of `folder`. */
export function writeLlms(folder: string, sections: readonly Section[], description: string): void {
  const listed = sections.map(({ title, pages }) => {
    const lines = pages.map(
      (page) => `- [${titleOf(read(folder, page))}](/${page}.md): ${firstSentence(read(folder, page))}`,
    );
    return `## ${title}\n\n${lines.join("\n")}`;
  });
  const whole = sections.flatMap(({ pages }) => pages).map((page) => read(folder, page));
  const head = `# tomodachi\n\n> ${description}`;
  mkdirSync(join(folder, "public"), { recursive: true });
  writeFileSync(join(folder, "public/llms.txt"), `${[head, ...listed].join("\n\n")}\n`);
  writeFileSync(join(folder, "public/llms-full.txt"), `${[head, ...whole].join("\n\n")}\n`);
}

function read(folder: string, page: string): string {
  return readFileSync(join(folder, `${page}.md`), "utf8");
}

/** The first sentence of the first paragraph. */
function firstSentence(text: string): string {
  const paragraphs = text.split(/\n{2,}/).filter((part) => /^[A-Z`*]/.test(part));
  const [first = ""] = (paragraphs[0] ?? "").replaceAll("\n", " ").split(/(?<=[.:]) /);
  return first;
}
