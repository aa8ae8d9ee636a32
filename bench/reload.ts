// `npm run bench:reload`: how long a service is away when a file changes, from the end of the old process to every handler receiving.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const rounds = 10;

/** Ten handlers, without decorators, so that the same source runs with and without a compiler. */
const source = `import { amqp, defineService, on } from "tomodachi";
import { word } from "./WORD";
export default defineService({
  name: "reload",
  handlers: Object.fromEntries(
    Array.from({ length: 10 }, (_, n) => ["on" + n, on(amqp("reload." + n), () => word)]),
  ),
});
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The times of all restarts, in milliseconds. */
async function restarts(ending: "ts" | "mjs"): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-reload-"));
  const word = (n: number): void => writeFileSync(join(folder, `word.${ending}`), `export const word = ${n};\n`);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root.replace(/[\\/]$/, ""), join(folder, "node_modules/tomodachi"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, `app.${ending}`), source.replace("WORD", `word.${ending}`));
  word(0);
  const words = ["run", `app.${ending}`, "--watch", "--broker", "embedded", "-l", "error"];
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...words], {
    cwd: folder,
    env: { ...process.env, TOMODACHI_BROKER_PORT: String(await freePort()) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const times: number[] = [];
  let rest = "";
  await new Promise<void>((done) => {
    child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!line.startsWith("Ready")) continue;
        const seconds = /^Ready again, ([\d.]+) s/.exec(line)?.[1];
        if (seconds !== undefined) times.push(Math.round(Number(seconds) * 1000));
        if (times.length === rounds) done();
        // Sooner after a start, the loop guard treats it as a change by the service.
        else setTimeout(() => word(times.length + 1), 2000);
      }
    });
    child.once("exit", () => done());
  });
  child.kill("SIGTERM");
  await new Promise((ended) => (child.exitCode === null ? child.once("exit", ended) : ended(undefined)));
  rmSync(folder, { recursive: true, force: true });
  return times.sort((a, b) => a - b);
}

process.stdout.write(
  `Node.js ${process.versions.node}, ${cpus()[0]?.model ?? "unknown processor"}, ${rounds} restarts each\n`,
);
for (const ending of ["mjs", "ts"] as const) {
  const times = await restarts(ending);
  const median = times[Math.floor(times.length / 2)];
  const kind = ending === "ts" ? "TypeScript" : "JavaScript";
  process.stdout.write(`${kind}: median ${median} ms, from ${times[0]} to ${times.at(-1)} ms\n`);
}
