// The configuration of VitePress. The pages are those that `npm run docs` collects into site/pages.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { sections } from "./sections.mjs";

const pages = fileURLToPath(new URL("../pages/", import.meta.url));

/** The first heading of a page is its name in the sidebar. */
function titleOf(page) {
  const [, title = page] = /^# (.+)$/m.exec(readFileSync(`${pages}${page}.md`, "utf8")) ?? [];
  return title.replaceAll("`", "");
}

function linksTo(names) {
  return names.map((page) => ({ text: titleOf(page), link: `/${page.replace(/index$/, "")}` }));
}

/** The entry points of the package, each with the kinds of what it exports. */
function referenceSidebar() {
  const folder = `${pages}reference`;
  if (!existsSync(`${folder}/typedoc-sidebar.json`)) return [];
  return JSON.parse(readFileSync(`${folder}/typedoc-sidebar.json`, "utf8"));
}

function decisionsSidebar() {
  const files = readdirSync(`${pages}decisions`).filter((file) => /^\d/.test(file));
  return linksTo(files.map((file) => `decisions/${file.replace(/\.md$/, "")}`));
}

const guide = sections.map(({ title, collapsed, pages: names }) => ({
  text: title,
  ...(collapsed === undefined ? {} : { collapsed }),
  items: linksTo(names),
}));

export default defineConfig({
  title: "tomodachi",
  description: "Event-driven microservices for TypeScript on Node.js, RabbitMQ first",
  lang: "en",
  srcDir: "./pages",
  outDir: "./dist",
  cacheDir: "./.cache",
  cleanUrls: true,
  lastUpdated: false,
  markdown: { theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" } },
  head: [["link", { rel: "icon", href: "data:," }]],
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Tutorial", link: "/tutorial/1-first-service" },
      { text: "Guide", link: "/guides/getting-started" },
      { text: "Recipes", link: "/recipes/transactions" },
      { text: "Reference", link: "/reference/" },
      { text: "Errors", link: "/errors" },
    ],
    sidebar: {
      "/": guide,
      "/reference/": [{ text: "API reference", items: referenceSidebar() }],
      "/decisions/": [{ text: "Decisions", items: decisionsSidebar() }],
    },
  },
});
