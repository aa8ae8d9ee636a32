/** Collects the pages of the site: the documents of the repository, with the links that the site needs. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { escapeForVue, rewriteLinks, type SourcePage } from "./links.ts";

/** Files of the repository that have another name on the site. */
const renamed: Readonly<Record<string, string>> = {
  "CHANGELOG.md": "changelog",
  "CONTRIBUTING.md": "contributing",
  "docs/ARCHITECTURE.md": "architecture",
};

/** The pages of the repository at `root`, in the order of their files. */
export function sourcePages(root: string): readonly SourcePage[] {
  const documents = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .map((file) => `docs/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".md") && !(file in renamed));
  return [
    ...Object.entries(renamed).map(([file, page]) => ({ file, page })),
    ...documents.sort().map((file) => ({ file, page: file.slice("docs/".length, -".md".length) })),
  ];
}

/** Writes every page below `folder`, with its images, and returns them. */
export function collectPages(root: string, folder: string): readonly SourcePage[] {
  const pages = sourcePages(root);
  const pageOf = new Map(pages.map(({ file, page }) => [file, page]));
  pageOf.set("README.md", "index");
  pageOf.set("docs/decisions", "decisions/index");
  for (const source of pages) {
    const text = readFileSync(join(root, source.file), "utf8");
    write(join(folder, `${source.page}.md`), escapeForVue(rewriteLinks(text, source, pageOf)));
  }
  write(join(folder, "decisions/index.md"), decisionsIndex(root, pages));
  cpSync(join(root, "site/home.md"), join(folder, "index.md"));
  cpSync(join(root, "docs/images"), join(folder, "images"), { recursive: true });
  cpSync(join(root, "docs/images"), join(folder, "public/images"), { recursive: true });
  cpSync(join(root, "docs/prometheus"), join(folder, "public/prometheus"), { recursive: true });
  return pages;
}

/** One line for each decision record. */
function decisionsIndex(root: string, pages: readonly SourcePage[]): string {
  const records = pages.filter(({ page }) => page.startsWith("decisions/"));
  const lines = records.map(({ file, page }) => {
    const title = titleOf(readFileSync(join(root, file), "utf8"));
    return `- [${title}](./${page.slice("decisions/".length)})`;
  });
  return `# Decisions\n\nWhy things are as they are: context, decision, and what was given up.\n\n${lines.join("\n")}\n`;
}

/** The first heading of a page. */
export function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1] ?? "";
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
