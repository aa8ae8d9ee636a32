// The console of `tomodachi run`: by default on a terminal, and at the same address after a restart.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { freePort } from "./free-port.ts";
import { packageFolder, TemporaryProject } from "./temporary-project.ts";

// Several starts of two processes.
vi.setConfig({ testTimeout: 120_000 });

const app = (word: string): string => `import { Service } from "tomodachi";
export class App extends Service {
  name = "app";
  startedService() { console.log("started by ${word}"); }
}
`;

interface Terminal {
  readonly child: ChildProcess;
  seen(text: string): Promise<void>;
  written(): string;
  end(): Promise<void>;
}

// `script` gives a program a terminal; other systems have another one by this name.
describe.skipIf(process.platform !== "linux")("tomodachi run on a terminal", () => {
  const terminals: Terminal[] = [];
  const projects: TemporaryProject[] = [];
  afterEach(async () => {
    for (const terminal of terminals.splice(0)) await terminal.end();
    for (const project of projects.splice(0)) project.remove();
  });

  function project(): TemporaryProject {
    const made = new TemporaryProject({ "package.json": '{ "type": "module" }', "app.ts": app("v1") });
    projects.push(made);
    return made;
  }

  function onTerminal(place: TemporaryProject, words: string, environment: Readonly<Record<string, string>>): Terminal {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TOMODACHI|VITEST|TSX|NODE_|KUBERNETES_)/.test(name),
    );
    const command = `${process.execPath} ${join(packageFolder, "dist/cli/main.js")} ${words}`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: place.folder,
      env: { ...Object.fromEntries(inherited), NO_COLOR: "1", ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    const looking = new Set<() => void>();
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      for (const look of looking) look();
    });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const terminal: Terminal = {
      child,
      written: () => output,
      seen: (text) =>
        new Promise((resolve, reject) => {
          const look = (): void => void (output.includes(text) && resolve());
          looking.add(look);
          look();
          void ended.then(() => reject(new Error(`ended without "${text}":\n${output}`)));
        }),
      end: async () => {
        // Ctrl+C.
        child.stdin.write("\u0003");
        await ended;
      },
    };
    terminals.push(terminal);
    return terminal;
  }

  const addressIn = (written: string): string => /Console:\S* (\S+)/.exec(written)?.[1] ?? "";

  it("opens the console in one line, and at the same address after a restart", async () => {
    const port = String(await freePort());
    const place = project();
    const terminal = onTerminal(place, "run app.ts", { TOMODACHI_CONSOLE_PORT: port });
    await terminal.seen("Console:");
    await terminal.seen("Ready.");
    const address = addressIn(terminal.written());
    expect(address).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/#[\\w-]{24}$`));
    const { origin, hash } = new URL(address);
    const headers = { authorization: `Bearer ${hash.slice(1)}` };
    expect((await fetch(origin)).status).toBe(200);
    place.write({ "app.ts": app("v2") });
    await terminal.seen("started by v2");
    await terminal.seen("Ready again");
    const answer = await fetch(`${origin}/api/message?number=1`, { headers });
    expect(answer.status).toBe(404);
    // The line "Ready again" is followed by the same address.
    await terminal.seen("after the end of the old process.");
    const [, after = ""] = terminal.written().split("Ready again");
    expect(addressIn(after)).toBe(address);
  });

  it("has none with --no-console, with a variable, and in production", async () => {
    for (const [words, environment] of [
      ["run app.ts --no-watch --no-console", {}],
      ["run app.ts --no-watch", { TOMODACHI_CONSOLE: "off" }],
      ["run app.ts", { NODE_ENV: "production" }],
    ] as const) {
      const terminal = onTerminal(project(), words, environment);
      await terminal.seen("started by v1");
      await terminals.pop()?.end();
      expect(terminal.written()).not.toContain(":4600");
      expect(terminal.written()).not.toContain("Console:");
    }
  });

  it("starts without it where its port is taken", async () => {
    const port = await freePort();
    const first = onTerminal(project(), "run app.ts --no-watch", { TOMODACHI_CONSOLE_PORT: String(port) });
    await first.seen("Console:");
    const second = onTerminal(project(), "run app.ts --no-watch", { TOMODACHI_CONSOLE_PORT: String(port) });
    await second.seen("The services run without it.");
    await second.seen("started by v1");
    expect(second.written()).not.toContain("Console:");
  });
});

describe("tomodachi run without a terminal", () => {
  it("has no console, so that scripts and tests get none", async () => {
    const place = new TemporaryProject({ "package.json": '{ "type": "module" }', "app.ts": app("v1") });
    const started = place.start(["run", "app.ts"]);
    await started.seen("Ready.");
    started.child.kill("SIGTERM");
    const { stdout, stderr } = await started.ended;
    expect(stdout + stderr).not.toContain("Console:");
    place.remove();
  });
});
