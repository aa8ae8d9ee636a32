/** The declarations read by the oldest TypeScript that the README names, and by the last one that cannot require ES modules. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { consumerOutput } from "./consumer.ts";

/** Exact versions, so that the folder in which they are kept for the next run never grows old. */
const versions = ["5.2.2", "5.7.3"];

const everyForm = readFileSync(new URL("./strictness.ts", import.meta.url), "utf8");

/** ES modules, and CommonJS as most older projects have it. */
const projects = [
  { what: "ES modules", type: "module", module: "nodenext", moduleResolution: "nodenext" },
  { what: "CommonJS", type: "commonjs", module: "commonjs", moduleResolution: "node10" },
  { what: "CommonJS that Node resolves", type: "commonjs", module: "nodenext", moduleResolution: "nodenext" },
];

/** Every face of the package, with what users add to its interfaces. */
const everyFace = `
import { amqp, type AmqpContext, createDecorator, defineOptions, defineService, on, Service, type TransportDefinition } from "tomodachi";
import { startBroker } from "tomodachi/broker";
import { cloudEvents } from "tomodachi/cloudevents";
import { ProtobufBase, type ProtoClass } from "tomodachi/protobuf";
import { startService } from "tomodachi/testing";

declare module "tomodachi" {
  interface MiddlewareValues { readonly traceId: string }
  interface EnvelopeOptions { readonly secret?: string }
  interface ServiceOptions { readonly files?: { readonly folder: string } }
}
declare const protoClass: ProtoClass;
declare const files: TransportDefinition<string>;
const file = createDecorator<string, string, unknown>(files, ".txt", "@file()");
export class Orders extends Service {
  name = "orders";
  options = defineOptions({ files: { folder: "in" }, amqp: { prefetch: 1 } });
  @file onFile(text: string) { return text.length; }
  @amqp("a", { messageEnvelope: ProtobufBase, protoClass }) a() {}
  @amqp("b", { protoClass, secret: "s" }) b(_data: unknown, { traceId }: AmqpContext) { return traceId.length; }
  @amqp("c", { messageEnvelope: cloudEvents({ source: "/orders" }) }) c() {}
}
export default defineService({ name: "more", handlers: { a: on(amqp("a"), () => {}) } });
export const all = [startBroker, startService];
`;

/** These compilers take seconds on an idle machine; on a busy one much longer. */
const compileTimeoutMs = 300_000;

describe.each(versions)("TypeScript %s", (version) => {
  const compiler = install(version);
  if (compiler === undefined) {
    it.skip("cannot be installed here, so older compilers are NOT TESTED", () => {});
    return;
  }

  it.each(projects)(
    "compiles every form in a project of $what",
    async ({ type, module, moduleResolution }) => {
      // These compilers are older than some of Node's own declarations.
      const options = { module, moduleResolution, skipLibCheck: true };
      const files = { "main.ts": everyForm, "faces.ts": everyFace, "package.json": JSON.stringify({ type }) };
      expect(await consumerOutput(files, options, compiler)).toBe("");
    },
    compileTimeoutMs,
  );
});

/**
 * The compiler's path; undefined, with a visible line, when npm cannot fetch it. It is not a development dependency: its
 * `tsc` would hide ours.
 */
function install(version: string): string | undefined {
  const kept = join(tmpdir(), `tomodachi-typescript-${version}`);
  const compiler = join(kept, "node_modules/typescript/bin/tsc");
  if (existsSync(compiler)) return compiler;
  mkdirSync(tmpdir(), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-typescript-"));
  try {
    const parameters = ["install", "--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", [...parameters, `typescript@${version}`], { stdio: "pipe", timeout: 120_000 });
    if (!existsSync(kept)) renameSync(folder, kept);
    return compiler;
  } catch (error) {
    console.error(`\n!!! TypeScript ${version} cannot be installed; its tests are SKIPPED: ${String(error)}\n`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
