/** The files for GitHub: its workflows call the project's own scripts, and links of its pages lead to files. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";

const read = (path: string): string => readFileSync(join(packageFolder, path), "utf8");
const { scripts, engines } = JSON.parse(read("package.json")) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
};
const workflows = readdirSync(join(packageFolder, ".github/workflows")).map((file) => `.github/workflows/${file}`);

/** Steps of npm itself. */
const ownOfNpm = ["ci", "pack", "publish", "test"];

describe.each(workflows)("%s", (path) => {
  const commands = [...read(path).matchAll(/ run: (.+)/g)].map(([, command = ""]) => command);

  it("runs scripts and files that exist", () => {
    expect(commands.length).toBeGreaterThan(0);
    const wrong = commands.filter((command) => {
      const [program = "", word = "", script = ""] = command.split(" ");
      if (program === "npm") return word === "run" ? !(script in scripts) : !ownOfNpm.includes(word);
      return program.includes("/") && !existsSync(join(packageFolder, program));
    });
    expect(wrong).toEqual([]);
  });

  it("may only read the repository, unless a job asks for more", () => {
    expect(read(path)).toMatch(/^permissions:\n {2}contents: read$/m);
  });
});

it("the workflow starts with the oldest Node that package.json allows", () => {
  const [, oldest] = /node: \[(\d+),/.exec(read(".github/workflows/ci.yml")) ?? [];
  expect(engines.node).toMatch(new RegExp(`^>=${oldest}\\.`));
});

it("the workflow runs all tests on each supported Node and RabbitMQ", () => {
  const ci = read(".github/workflows/ci.yml");
  const lists = [...ci.matchAll(/^ {8}(node|rabbitmq): \[(.*)\]$/gm)].map(([, name, list]) => `${name} ${list}`);
  expect(lists).toEqual(["node 20, 22, 24, 26", "node 20, 22, 24, 26", 'rabbitmq "3.13", "4.0", "4.3"']);
});

it("the release publishes with the address of the repository where it was built", () => {
  const release = read(".github/workflows/release.yml");
  const [before = "", publish = ""] = release.split("- run: npm publish ");
  for (const field of ["repository.url", "homepage", "bugs.url"]) expect(before).toContain(`"${field}=`);
  expect(publish).toMatch(/^--provenance --access public$/m);
});

it("Dependabot updates every lock file", () => {
  const folders = [...read(".github/dependabot.yml").matchAll(/directory: (.+)/g)].map(([, folder = ""]) => folder);
  for (const lock of ["package-lock.json", "site/package-lock.json"]) {
    expect(existsSync(join(packageFolder, lock))).toBe(true);
    expect(folders).toContain(lock === "package-lock.json" ? "/" : `/${dirname(lock)}`);
  }
});

it.each(["SECURITY.md", "CODE_OF_CONDUCT.md", ".github/pull_request_template.md"])(
  "%s leads to files that exist",
  (path) => {
    const links = [...read(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)|`(docs\/[^`]+)`/g)].map(
      ([, link, file]) => link ?? file ?? "",
    );
    expect(links.length).toBeGreaterThan(0);
    const folder = path.startsWith(".github") ? "." : dirname(path);
    expect(links.filter((link) => !existsSync(join(packageFolder, folder, link)))).toEqual([]);
  },
);
