// npm run bench -- http [--rounds 5] [--requests 40000] [--rivals]: CPU for each request of a JSON route, beside plain Fastify.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { here, median } from "./measure.ts";

/** Connections that are kept open, each with one request at a time. */
const connections = 32;

interface Side {
  readonly name: string;
  readonly program: string;
  readonly log: boolean;
}

const own: readonly Side[] = [
  { name: "fastify", program: "workloads/http-fastify.mjs", log: false },
  { name: "tomodachi", program: "workloads/http-tomodachi.mjs", log: false },
  { name: "fastify, logging", program: "workloads/http-fastify.mjs", log: true },
  { name: "tomodachi, logging", program: "workloads/http-tomodachi.mjs", log: true },
];
const rivals: readonly Side[] = [
  { name: "express", program: "rivals/http/express.mjs", log: false },
  { name: "nestjs on fastify", program: "rivals/http/nestjs.mjs", log: false },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      requests: { type: "string", default: "40000" },
      rivals: { type: "boolean", default: false },
    },
    // `npm run bench -- http` has its name here.
    allowPositionals: true,
  });
  const [rounds, requests] = [Number(values.rounds), Number(values.requests)];
  if (!(rounds > 0) || !(requests > 0)) throw new Error("--rounds and --requests take whole numbers above 0.");
  if (values.rivals) installRivals();
  const sides = values.rivals ? [...own, ...rivals] : own;
  const found = new Map<Side, number[]>(sides.map((side) => [side, []]));
  // Alternating, so that what slows the machine down slows all of them.
  for (let round = 0; round < rounds; round++) {
    for (const [side, micros] of found) micros.push(await measure(side, requests));
  }
  const yardstick = new Map(sides.map((side) => [side, side.log ? own[2] : own[0]] as const));
  for (const [side, micros] of found) {
    const base = found.get(yardstick.get(side) as Side) ?? [];
    // Of each round separately: the two ran within seconds of each other, so a slower phase of the machine affects both.
    const ratios = micros.map((cpu, round) => cpu / (base[round] as number));
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
    process.stdout.write(
      `${side.name}: ${median(micros).toFixed(1)} us of CPU for each request, ${median(ratios).toFixed(2)} of Fastify (${low.toFixed(2)} to ${high.toFixed(2)})\n`,
    );
  }
}

function installRivals(): void {
  const cwd = here("rivals/http");
  if (existsSync(`${cwd}/node_modules/express`)) return;
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], {
    cwd,
    stdio: "inherit",
  });
}

/** Microseconds of CPU of the server for each request, after a warm-up. */
async function measure({ program, log }: Side, requests: number): Promise<number> {
  const env = { ...process.env, NODE_OPTIONS: "", BENCH_LOG: log ? "1" : "" };
  const child = spawn(process.execPath, [here(program)], { env, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.once("data", (text) => resolve(Number(String(text).trim())));
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`${program} ended with ${code}.`)));
    });
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    await send(agent, port, Math.ceil(requests / 4));
    await get(agent, port, "/begin");
    await send(agent, port, requests);
    const { cpuMicros } = JSON.parse(await get(agent, port, "/end")) as { readonly cpuMicros: number };
    agent.destroy();
    return cpuMicros / requests;
  } finally {
    child.kill("SIGKILL");
  }
}

async function send(agent: Agent, port: number, requests: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests) {
      const id = next++;
      const answer = await get(agent, port, `/orders/${id}`);
      if (!answer.includes(`"id":"${id}"`)) throw new Error(`The answer to ${id} was ${answer}.`);
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

function get(agent: Agent, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, path }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(body));
    });
    sent.once("error", reject);
    sent.end();
  });
}

await main();
