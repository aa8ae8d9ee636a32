/** The packed declarations: read by a consumer that skips none of them. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../cli/temporary-project.ts";
import { consumerOutput } from "./consumer.ts";

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
  await app.clock.advance("1000ms");
  const { data, context } = await app.handled("onPaid");
  return data.id + context.message.metadata.topic;
}
`;

/** The forms that compile with any strictness; also read by `npm run types`. */
const everyForm = readFileSync(new URL("./strictness.ts", import.meta.url), "utf8");

const strictnesses = [
  {},
  { strictNullChecks: false },
  { strict: false },
  { strictNullChecks: false, experimentalDecorators: true },
];

/** A class or a call with one mistake, on one line; the errors are all that the compiler says, and each is read in full. */
const mistakes = [
  {
    what: "an option of a service, without an error at its handlers",
    code: `class A extends Service { name = "a"; override options = { amqp: { prefetch: "5" } }; @amqp("x") one(data: string) { return data; } @amqp("y", { prefetch: 5 }) two() {} }`,
    error:
      /^main\.ts\(2,.*TS2416: Property 'options' in type 'A'.*\n.*\n.*'amqp\.prefetch' are incompatible.*\n.*Type 'string' is not assignable to type 'number'\.$/,
  },
  {
    what: "a service's name, without an error at its handlers",
    code: `class A extends Service { name = 5; @amqp("x") one() {} }`,
    error: /TS2416: Property 'name' in type 'A'.*\n.*Type 'number' is not assignable to type 'string'\.$/,
  },
  {
    what: "a handler of RawBytes that takes text",
    code: `class A extends Service { name = "a"; @amqp("x", { messageEnvelope: RawBytes }) one(data: string) { return data; } }`,
    error:
      /Types of parameters 'data' and 'data' are incompatible\.\n.*Type 'Buffer.*' is not assignable to type 'string'\.$/,
  },
  {
    what: "the same where the service names the envelope",
    code: `class A extends Service { name = "a"; override messageEnvelope = RawBytes; @amqp("x") one(data: string) { return data; } }`,
    error: /Type 'Buffer.*' is not assignable to type 'string'\.$/,
  },
  {
    what: "a batch of RawBytes that takes texts",
    code: `class A extends Service { name = "a"; @amqp("x", { messageEnvelope: RawBytes, batch: { size: 2 } }) one(data: string[]) { data.pop(); } }`,
    error: /Type 'Buffer.*' is not assignable to type 'string'\.$/,
  },
  {
    what: "a handler without an envelope that takes a number",
    code: `class A extends Service { name = "a"; @amqp("x", { messageEnvelope: null }) one(data: number) { return data; } }`,
    error: /Type 'string' is not assignable to type 'number'\.$/,
  },
  {
    what: "an orderingKey that does not fit its contract",
    code: `class A extends Service { name = "a"; @amqp(paid, { orderingKey: (o: { nope: string }) => o.nope }) one() {} }`,
    error: /Property 'nope' is missing in type '\{ id: string; \}' but required in type '\{ nope: string; \}'\.$/,
  },
  {
    what: "an orderingKey that asks for a parameter that its contract does not have",
    code: `class A extends Service { name = "a"; @amqp(paid, { orderingKey: (_o, { params }) => params.nope }) one() {} }`,
    error: /TS2339: Property 'nope' does not exist on type 'ParamsOf<"order\.\{id\}\.paid">'\.$/,
  },
  {
    what: "an orderingKey that does not fit its schema",
    code: `class A extends Service { name = "a"; @amqp("x", { schema, orderingKey: (o: { nope: string }) => o.nope }) one() {} }`,
    error: /Property 'nope' is missing in type '\{ id: string; \}'/,
  },
  {
    what: "an object published without an envelope",
    code: `amqpPublish(service, { id: 1 }, { routingKey: "x", messageEnvelope: null });`,
    error:
      /TS2345: Argument of type '\{ id: number; \}' is not assignable to parameter of type '\{ id: number; \} & \(string \| Uint8Array.*\)'/,
  },
  {
    what: "an object published by RawBytes",
    code: `amqpPublish(service, { id: 1 }, { routingKey: "x", messageEnvelope: RawBytes });`,
    error: /TS2345: Argument of type '\{ id: number; \}'/,
  },
];
const beforeMistake = `import { amqp, amqpPublish, event, RawBytes, Service, type StandardSchema } from "tomodachi"; declare const service: Service; declare const schema: StandardSchema<{ id: string }>; export const paid = event("order.{id}.paid", { schema });`;

/** Each line is a separate mistake, with the compiler's error beside it. */
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

  it.each(strictnesses)("compiles every form with %j", async (strictness) => {
    expect(await compile({ "main.ts": everyForm }, { ...resolution, ...strictness })).toEqual([]);
  });

  it("reports each misspelled option", async () => {
    const errors = await compile({ "main.ts": wrong }, resolution);
    expect(errors).toHaveLength(slips.length);
    for (const [at, { error }] of slips.entries()) {
      expect(errors[at]).toContain(`main.ts(${at + 2},`);
      expect(errors[at]).toMatch(error);
    }
  });
});

it.each(mistakes)("reports an error at its place, and only there: $what", async ({ code, error }) => {
  const [resolution] = resolutions;
  const output = await compilerOutput({ "main.ts": `${beforeMistake}\n${code}\n` }, { ...resolution });
  expect(output.match(/error TS/g)).toHaveLength(1);
  expect(output.trim()).toMatch(error);
});

it("compiles in CommonJS, against every declaration for it", async () => {
  const files = { "main.ts": right, "package.json": '{ "type": "commonjs" }' };
  expect(await compile(files, { module: "nodenext", moduleResolution: "nodenext" })).toEqual([]);
});

it("keeps the AMQP options in the packed declarations", () => {
  expect(readFileSync(join(packageFolder, "dist/options.d.ts"), "utf8")).toContain("declare module");
});

/** The compiler's errors, a line each. */
async function compile(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  return (await compilerOutput(files, options)).split("\n").filter((line) => /error TS/.test(line));
}

/** All that the compiler prints. */
function compilerOutput(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
): Promise<string> {
  return consumerOutput({ "package.json": `{ "type": "module" }`, ...files }, { ...options }, compiler);
}
