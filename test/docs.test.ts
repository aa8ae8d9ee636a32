/** The documents say what is so: their code compiles, their codes exist, their links lead somewhere. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { tableAsMarkdown } from "../scripts/layers.ts";
import { deadLetterHeaderNames } from "../src/transports/amqp/names/headers.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// Inside the repository, so that "tomodachi" is the package itself and node_modules is found.
const checkFolder = join(root, ".docs-check");

interface Block {
  readonly from: string;
  readonly info: string;
  readonly code: string;
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function filesIn(folder: string, ending: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return entries.filter((entry) => entry.endsWith(ending)).map((entry) => join(folder, entry));
}

const guides = ["README.md", ...filesIn("docs/guides", ".md")];
const documents = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...filesIn("docs", ".md")];

function blocksOf(path: string): Block[] {
  const text = read(path);
  return [...text.matchAll(/^```(ts\b[^\n]*)\n([\s\S]*?)^```$/gm)].map(({ 1: info = "", 2: code = "", index }) => ({
    from: `${path}:${text.slice(0, index).split("\n").length}`,
    info: info.trim(),
    code,
  }));
}

/** A code that the code looks for is not one of ours: `hasCode(error, "ERR_MODULE_NOT_FOUND")`. */
function codesInSource(): string[] {
  const sources = filesIn("src", ".ts").filter((path) => !path.endsWith(".test.ts"));
  const text = sources.map((path) => read(path).replace(/hasCode\([^)]*\)/g, "")).join("\n");
  return [...new Set(Array.from(text.matchAll(/"(ERR_[A-Z_]+[A-Z])"/g), ([, code = ""]) => code))].sort();
}

function anchorsOf(path: string): string[] {
  const headings = Array.from(readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm), ([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function brokenLinks(path: string): string[] {
  const prose = read(path).replace(/^```[\s\S]*?^```$/gm, "");
  const targets = Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = "", anchor] = target.split("#");
    const full = file === "" ? join(root, path) : resolve(root, dirname(path), file);
    if (!existsSync(full)) return true;
    return anchor !== undefined && (statSync(full).isDirectory() || !anchorsOf(full).includes(anchor));
  });
}

afterAll(() => rmSync(checkFolder, { recursive: true, force: true }));

describe("code blocks", () => {
  const all = guides.flatMap(blocksOf);
  const whole = all.filter(({ info }) => info === "ts");

  it("are complete, except a few fragments", () => {
    const others = all.filter(({ info }) => info !== "ts");
    expect(others.filter(({ info }) => info !== "ts fragment")).toEqual([]);
    expect(others.length).toBeLessThan(all.length * 0.15);
    expect(whole.length).toBeGreaterThan(10);
  });

  it("compile against the built package", () => {
    expect(existsSync(join(root, "dist/index.d.ts")), "dist/ is missing: npm run build").toBe(true);
    rmSync(checkFolder, { recursive: true, force: true });
    mkdirSync(checkFolder);
    cpSync(join(root, "examples/protobuf/generated"), join(checkFolder, "generated"), { recursive: true });
    const origins = new Map<string, string>();
    for (const [index, { from, code }] of whole.entries()) {
      const name = `block-${index + 1}.ts`;
      origins.set(name, from);
      writeFileSync(join(checkFolder, name), code);
    }
    const compilerOptions = {
      noEmit: true,
      rootDir: ".",
      moduleDetection: "force",
      noUnusedLocals: false,
      noUnusedParameters: false,
    };
    const project = { extends: "../tsconfig.base.json", compilerOptions, include: ["*.ts"] };
    writeFileSync(join(checkFolder, "tsconfig.json"), JSON.stringify(project));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = { cwd: checkFolder, encoding: "utf8" } as const;
    const { stdout, stderr, status } = spawnSync(process.execPath, [tsc, "-p", ".", "--pretty", "false"], options);
    const problems = `${stdout}${stderr}`.replace(/block-\d+\.ts/g, (name) => `${name} (${origins.get(name)})`);
    expect(problems).toBe("");
    expect(status).toBe(0);
  });

  it("in the README start with the lines of the hello-world service", () => {
    const [first] = blocksOf("README.md");
    const shown = (first?.code ?? "").split("\n").filter((line) => line.trim() !== "");
    const service = read("examples/hello-world/service/app.ts").split("\n");
    expect(shown.length).toBeGreaterThan(8);
    let at = -1;
    for (const line of shown) {
      const found = service.indexOf(line, at + 1);
      expect(found, `"${line}" stands in the example, after what was shown before`).toBeGreaterThan(at);
      at = found;
    }
  });
});

describe("documents", () => {
  it("name only tests that exist, where a claim says that it is checked", () => {
    const named = Array.from(read("docs/migrating-from-python.md").matchAll(/`((?:src|test)\/[\w./-]+\.test\.ts)`/g));
    const paths = named.map(([, path = ""]) => path);
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    // Each of them runs Python's vectors, except two that are about arguments.
    const withVectors = paths.filter((path) => /[vV]ectors/.test(read(path)));
    expect(paths.length - withVectors.length).toBeLessThanOrEqual(2);
  });

  it("list every error code of the source, and no other, in order", () => {
    const listed = Array.from(read("docs/errors.md").matchAll(/^\| `(ERR_[A-Z_]+)` \|/gm), ([, code]) => code);
    expect(listed).toEqual(codesInSource());
  });

  it("name only error codes that exist", () => {
    const known = codesInSource();
    for (const path of documents) {
      const named = read(path).match(/ERR_[A-Z_]+/g) ?? [];
      expect(
        named.filter((code) => !known.includes(code)),
        path,
      ).toEqual([]);
    }
  });

  it("name only files that exist, in the walks through the source", () => {
    const named = Array.from(read("docs/ARCHITECTURE.md").matchAll(/^\| \d+ \|([^|]*)/gm), ([, cell = ""]) => cell);
    const files = named.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, file = ""]) => file));
    expect(files.length).toBeGreaterThan(15);
    expect(files.filter((file) => !existsSync(join(root, "src", file)))).toEqual([]);
  });

  it("explain every header of a dead letter", () => {
    const text = read("docs/guides/failures.md");
    const missing = Object.values(deadLetterHeaderNames).filter((name) => {
      const short = name.replace(/^x-tomodachi/, "");
      return !text.includes(`\`${name}\``) && !text.includes(`\`${short}\``);
    });
    expect(missing).toEqual([]);
  });

  it("show the import table that is checked", () => {
    expect(read("docs/ARCHITECTURE.md")).toContain(tableAsMarkdown());
  });

  it.each(documents)("%s has no broken link", (path) => {
    expect(brokenLinks(path)).toEqual([]);
  });
});
