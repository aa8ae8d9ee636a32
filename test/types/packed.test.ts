/** The declarations as they are packed: read by a consumer that skips none of them. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { packageFolder, TemporaryProject } from "../cli/temporary-project.ts";

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

const right = `
import { amqp, type AmqpContext, amqpPublish, type ContextOf, defineOptions, defineService, event, JsonBase, on, Service, type StandardSchema } from "tomodachi";
import { type Broker, startBroker } from "tomodachi/broker";
import { cloudEvents } from "tomodachi/cloudevents";
import { ProtobufBase, type ProtoClass } from "tomodachi/protobuf";
import { createVirtualClock, type FaultProxy, startFaultProxy, startService } from "tomodachi/testing";

declare module "tomodachi" {
  interface MiddlewareValues { readonly traceId: string }
  interface EnvelopeOptions { readonly secret?: string }
}

declare const protoSchema: ProtoClass;
export class Orders extends Service {
  name = "orders";
  override options = defineOptions({ amqp: { routingKeyPrefix: "prod." }, terminationGracePeriodSeconds: 5 });
  override messageEnvelope = JsonBase;
  @amqp("order.sent", { messageEnvelope: ProtobufBase, protoClass: protoSchema }) onSent() {}
  @amqp("order.seen", { protoClass: protoSchema }) onSeen() {}
  @amqp("order.told", { messageEnvelope: cloudEvents({ source: "/orders" }) }) onTold() {}
  @amqp("order.paid", { secret: "s" }) onPaid(data: { id: string }, context: ContextOf<Orders>) {
    return [data.id, context.message.metadata.topic, context.traceId.length];
  }
}
declare const schema: StandardSchema<{ total: string }, { total: number }>;
export const paid = event("order.{id}.paid", { schema });
export default defineService({
  name: "more",
  startedService() { return amqpPublish(this, paid, { total: "5" }, { params: { id: "1" } }); },
  options: { amqp: { topology: "python" } },
  handlers: { paid: on(amqp(paid), (order, { params }) => order.total.toFixed() + params.id), a: on(amqp("a"), (_data, context: AmqpContext) => context.routingKey) },
});
export async function test(): Promise<string> {
  const broker: Broker = await startBroker({ port: 0 });
  const proxy: FaultProxy = await startFaultProxy({ target: broker.url });
  const app = await startService(Orders, { url: proxy.url, clock: createVirtualClock() });
  await app.clock.advance(1000);
  const { data, context } = await app.handled("onPaid");
  return data.id + context.message.metadata.topic;
}
`;

/** Each line is a slip of its own; the error the compiler gives is beside it. */
const slips = [
  { code: `defineOptions({ amqp: { routingKeyPrefx: "prod." } });`, error: /TS2561.*'routingKeyPrefx'/ },
  { code: `defineOptions({ ampq: {} });`, error: /TS(2561|2353).*'ampq'/ },
  { code: `amqp("a", { prefech: 5 });`, error: /TS(2561|2353).*'prefech'/ },
  { code: `startService([], { ulr: "amqp://h" });`, error: /TS(2561|2353).*'ulr'/ },
  { code: `on(amqp("a", { protoClass: Item }), (item: { id: number }) => item);`, error: /TS2345.*\{ id: string; \}/ },
];
const wrong = `import { amqp, defineOptions, on } from "tomodachi"; import "tomodachi/protobuf"; import { startService } from "tomodachi/testing"; declare const Item: { encode(item: never): { finish(): Uint8Array }; decode(bytes: Uint8Array): { id: string } };\n${slips.map(({ code }) => code).join("\n")}\n`;

const resolutions = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];

beforeAll(() => {
  const built = join(packageFolder, "dist/index.d.ts");
  if (!existsSync(built)) throw new Error("There is no dist/index.d.ts: run `npm run build` first.");
});

describe.each(resolutions)("a consumer with moduleResolution $moduleResolution", (resolution) => {
  it.each([false, true])(
    "compiles against every declaration of the package (experimentalDecorators: %s)",
    async (legacy) => {
      expect(await compile({ "main.ts": right }, { ...resolution, experimentalDecorators: legacy })).toEqual([]);
    },
  );

  it("is told of each slip in options", async () => {
    const errors = await compile({ "main.ts": wrong }, resolution);
    expect(errors).toHaveLength(slips.length);
    for (const [at, { error }] of slips.entries()) {
      expect(errors[at]).toContain(`main.ts(${at + 2},`);
      expect(errors[at]).toMatch(error);
    }
  });
});

it("keeps the options of AMQP in the declarations that are packed", () => {
  expect(readFileSync(join(packageFolder, "dist/options.d.ts"), "utf8")).toContain("declare module");
});

/** The compiler's errors, a line each. */
function compile(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const compilerOptions = { target: "es2022", lib: ["es2023", "esnext.decorators", "esnext.disposable"], strict: true };
  const project = new TemporaryProject({
    ...files,
    "package.json": `{ "type": "module" }`,
    "tsconfig.json": JSON.stringify({
      compilerOptions: { ...compilerOptions, noEmit: true, skipLibCheck: false, types: ["node"], ...options },
      include: ["*.ts"],
    }),
  });
  onTestFinished(() => project.remove());
  symlinkSync(join(packageFolder, "node_modules/@types"), join(project.folder, "node_modules/@types"), "junction");
  return new Promise((resolve) => {
    const parameters = [compiler, "-p", project.folder, "--pretty", "false"];
    execFile(process.execPath, parameters, { cwd: project.folder }, (_error, stdout) =>
      resolve(stdout.split("\n").filter((line) => /error TS/.test(line))),
    );
  });
}
