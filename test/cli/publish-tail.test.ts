// `tomodachi publish` and `tomodachi tail`, as they are typed, on RabbitMQ and on the embedded broker.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/amqp-broker/broker.ts";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName } from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { packageFolder, TemporaryProject } from "./temporary-project.ts";

/** A Standard Schema without a library: the total must be a number. */
const schema = `{ "~standard": { version: 1, vendor: "test", validate: (value) =>
  typeof value?.total === "number" ? { value } : { issues: [{ message: "must be a number", path: ["total"] }] } } }`;

function orders(prefix: string): string {
  return `import { amqp, defineService, event, JsonBase, on } from "tomodachi";
const paid = event("order.{id}.paid", { schema: ${schema}, version: 2 });
export default defineService({
  name: "orders",
  messageEnvelope: JsonBase,
  options: { amqp: { routingKeyPrefix: "${prefix}.", queueNamePrefix: "${prefix}." } },
  handlers: {
    onPaid: on(amqp(paid), (data, { params, headers }) => console.log("PAID", params.id, JSON.stringify(data), JSON.stringify(headers))),
    onNote: on(amqp("note.#", { messageEnvelope: null }), (text) => console.log("NOTE", text)),
  },
});
`;
}

const projects: TemporaryProject[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

function project(prefix = "unused"): TemporaryProject {
  const made = new TemporaryProject({ "service/service.mjs": orders(prefix) });
  projects.push(made);
  return made;
}

function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function suite(url: () => string): void {
  const environment = (): Record<string, string> => ({ TOMODACHI_AMQP_URL: url() });

  it("publishes in the form that the handler reads, and shows the message while the handler gets it too", async () => {
    const prefix = uniqueName("day");
    const place = project(prefix);
    const service = place.start(["run", "service/"], { environment: environment() });
    await service.seen("Ready.");
    const tail = place.start(["tail", "--service", "service/", "--count", "3"], { environment: environment() });
    await tail.seen("Listening on");
    expect(tail.written()).toContain(`  amq.topic --[${prefix}.order.*.paid]-->`);
    expect(tail.written()).toContain(`  amq.topic --[${prefix}.note.#]-->`);

    const sent = await place.run(["publish", "order.42.paid", '{"total": 5}', "-s", "service/", "--header", "n:=7"], {
      environment: environment(),
    });
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    expect(sent.stdout).toMatch(
      /^order\.42\.paid -> "amq\.topic" on amqp:\S+ \(.+\)\n {2}1 of 1 message confirmed in /,
    );
    expect(sent.stdout).toContain("  as orders.onPaid reads it\n");
    await service.seen('PAID 42 {"total":5}');
    expect(service.written()).toMatch(/PAID .*"x-tomodachi-event-version":2/);
    expect(service.written()).toMatch(/PAID .*"n":7/);
    await place.run(["publish", "note.a.b", "plain text", "-s", "service/"], { environment: environment() });
    await service.seen("NOTE plain text");

    // What a schema refuses is not sent; what another client sends is shown with the reason.
    const refused = await place.run(["publish", "order.43.paid", '{"total": "x"}', "-s", "service/"], {
      environment: environment(),
    });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'The data to publish with the routing key "order.43.paid" does not fit its schema',
    );
    expect(refused.stderr).toContain("total: must be a number");
    expect(refused.stdout).toContain("  0 of 1 message confirmed\n  1 not sent: refused before sending\n");
    const forced = ["publish", `${prefix}.order.44.paid`, '{"total": "y"}', "--envelope", "json-base"];
    expect(await place.run(forced, { environment: environment() })).toMatchObject({ code: 0 });

    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\d\d:\d\d:\d\d order\.42\.paid {2}json-base, from tomodachi publish, \d+ bytes\n {2}\{"total":5\}\n {2}-> orders\.onPaid\n/,
    );
    expect(stdout).toMatch(/note\.a\.b {2}text, .*\n {2}plain text\n {2}-> orders\.onNote\n/);
    expect(stdout).toMatch(/order\.44\.paid .*\n.*\n {2}-> orders\.onPaid refuses it: .*total: must be a number/);
    service.child.kill("SIGTERM");
    await service.ended;
    await using foreign = await connectForeign(url());
    for (const queue of ["onPaid:order.*.paid", "onNote:note.#"]) {
      for (const suffix of ["", ".dlq"]) await foreign.deleteQueue(`${prefix}.orders.${queue}${suffix}`);
    }
  });

  it("reports that a message reached no queue, and the error of a broker without the exchange", async () => {
    const key = uniqueName("nobody");
    const lost = await project().run(["publish", key, "x"], { environment: environment() });
    expect(lost.code).toBe(1);
    expect(lost.stdout).toContain('  1 reached no queue: no queue is bound to "amq.topic" for this key\n');
    const missing = await project().run(["publish", key, "x", "--exchange", key], { environment: environment() });
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain(`"${key}"`);
    expect(missing.stdout).toContain("  0 of 1 message confirmed\n  1 refused by the broker\n");
    const deaf = await project().run(["tail", "#", "--exchange", key], { environment: environment() });
    expect(deaf).toMatchObject({ code: 1, stdout: "" });
    expect(deaf.stderr).toContain(`no exchange '${key}'`);
  });

  it("sends many messages from standard input at a rate, and filters shown messages as JSON", async () => {
    const key = uniqueName("many");
    const place = project();
    // The second that it shows is the last one: it takes its queue away then, and a later message would reach no queue.
    const words = ["tail", `${key}.#`, "--json", "--count", "2", "--filter", "data.n~9", "--filter", "routingKey!=x"];
    const tail = place.start(words, { environment: environment() });
    await tail.seen("Listening on");
    const main = join(packageFolder, "dist/cli/main.js");
    const sending = spawn(
      process.execPath,
      [main, "publish", `${key}.a`, "--lines", "--envelope", "json-base", "--rate", "500/s", "--json"],
      { env: { ...process.env, ...environment() }, stdio: ["pipe", "pipe", "inherit"] },
    );
    let out = "";
    sending.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
    });
    sending.stdin.end(Array.from({ length: 20 }, (_, n) => `{"n": ${n}}\n`).join(""));
    const [code] = (await once(sending, "close")) as [number];
    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual([
      {
        routingKey: `${key}.a`,
        exchange: "amq.topic",
        handler: null,
        messages: 20,
        confirmed: 20,
        unroutable: 0,
        failed: 0,
        ms: expect.any(Number) as number,
      },
    ]);
    const { stdout, code: tailCode } = await tail.ended;
    expect(tailCode).toBe(0);
    const shown = jsonLines(stdout);
    expect(shown.map(({ data }) => data)).toEqual([{ n: 9 }, { n: 19 }]);
    expect(shown[0]).toMatchObject({
      exchange: "amq.topic",
      routingKey: `${key}.a`,
      envelope: "json-base",
      sender: "tomodachi publish",
      handlers: [],
      headers: {},
    });
  });

  it("names a missing file, and invalid JSON data", async () => {
    const missing = await project().run(["publish", "a", "@nothing.json"], { environment: environment() });
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toContain('The file "nothing.json" cannot be read: ENOENT');
    const mention = await project().run(["publish", "a", "@anna hello", "--lines"], { environment: environment() });
    expect(mention).toMatchObject({ code: 2, stdout: "" });
    expect(mention.stderr).toContain("Data that itself begins with @ must come from standard input");
    const plain = await project().run(["publish", "a", "plain", "--envelope", "json"], { environment: environment() });
    expect(plain.code).toBe(1);
    expect(plain.stderr).toContain("The data is not JSON, but the envelope of this message needs JSON: plain");
  });

  it("suggests the similar key where no handler gets the message", async () => {
    const place = project(uniqueName("meant"));
    const sent = await place.run(["publish", "order.42.piad", "{}", "-s", "service/"], { environment: environment() });
    expect(sent.code).toBe(1);
    expect(sent.stderr).toBe(
      'No handler of these services gets order.42.piad from "amq.topic". Did you mean "order.42.paid"?\n',
    );
    const other = await place.run(["publish", "invoice.sent", "{}", "-s", "service/"], { environment: environment() });
    expect(other.stderr).toBe('No handler of these services gets invoice.sent from "amq.topic".\n');
  });

  it("says what it does with empty data", async () => {
    const key = uniqueName("empty");
    const place = project();
    const tail = place.start(["tail", key, "--json", "--count", "2"], { environment: environment() });
    await tail.seen("Listening on");
    const empty = await place.run(["publish", key, ""], { environment: environment() });
    expect(empty).toMatchObject({ code: 0, stderr: "" });
    expect(empty.stdout).toContain("  the data is empty, so the body of the message is empty\n");
    const twice = await place.run(["publish", key, "", "--count", "2"], { environment: environment() });
    expect(twice.stdout).toContain("  the data is empty, so the body of the messages is empty\n");
    expect(jsonLines((await tail.ended).stdout)).toMatchObject([{ bytes: 0 }, { bytes: 0 }]);
    const refused = await place.run(["publish", key, "", "--envelope", "json"], { environment: environment() });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("The data is empty, but the envelope of this message needs JSON. Write {}");
    const none = await place.run(["publish", key, "\n", "--lines"], { environment: environment() });
    expect(none).toMatchObject({ code: 0, stderr: "The data has no line with text.\n" });
    expect(none.stdout).toContain("  no message was sent\n");
  });

  it("sends one message many times, each with its own id, one by one", async () => {
    const key = uniqueName("times");
    const place = project();
    const tail = place.start(["tail", key, "--json", "--count", "5"], { environment: environment() });
    await tail.seen("Listening on");
    const words = ["publish", key, "[1]", "--envelope", "json-base", "--count", "5", "--confirm", "each"];
    const sent = await place.run([...words, "--property", "correlationId=c1"], { environment: environment() });
    expect(sent.stdout).toMatch(/ {2}5 of 5 messages confirmed in .*, \d+ per second\n/);
    const shown = jsonLines((await tail.ended).stdout);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(5);
    expect(shown[0]).toMatchObject({ data: [1], properties: { correlationId: "c1" } });
  });

  it("leaves no queue behind, and shows bytes and terminal control sequences as escapes", async () => {
    const key = uniqueName("bytes");
    const place = project();
    const tail = place.start(["tail", key, "--full"], { environment: environment() });
    await tail.seen("Listening on");
    await using foreign = await connectForeign(url());
    place.write({ "bytes.bin": "" });
    await foreign.publish("amq.topic", key, Buffer.from([0xff, 0xfe, 0x00]));
    await tail.seen("fffe00");
    await foreign.publish("amq.topic", key, Buffer.from("\u001b[2Jcleared"));
    await tail.seen("\\u001b[2Jcleared");
    tail.child.kill("SIGINT");
    expect((await tail.ended).code).toBe(0);
    const after = await place.run(["publish", key, "x"], { environment: environment() });
    expect(after.stdout).toContain("reached no queue");
  });
}

describeWithBroker("on RabbitMQ", () => suite(() => amqpUrl ?? ""));

describe("on the embedded broker", () => {
  let broker: Broker | undefined;
  const starting = startBroker().then((started) => {
    broker = started;
  });
  afterAll(async () => {
    await starting;
    await broker?.stop();
  });
  suite(() => broker?.url ?? "");

  it("reports a lost broker, and listens again", async () => {
    const port = await freePort();
    const url = `amqp://guest:guest@127.0.0.1:${port}`;
    const place = project();
    const first = await startBroker({ port });
    const tail = place.start(["tail", "again", "--count", "1"], { environment: { TOMODACHI_AMQP_URL: url } });
    await tail.seen("Listening on");
    await first.stop();
    await tail.seen("What passes now is not seen.");
    const second = await startBroker({ port });
    await tail.seen("Connected again.");
    const sent = await place.run(["publish", "again", "here"], { environment: { TOMODACHI_AMQP_URL: url } });
    expect(sent.code).toBe(0);
    expect((await tail.ended).stdout).toContain("  here\n");
    await second.stop();
  });
});

describe("wrong usage", () => {
  it.each([
    [["publish"], "`tomodachi publish` needs a routing key. Try `tomodachi publish order.paid '{}'`."],
    [["publish", "a", "b", "c"], 'takes a routing key and data, and "c" was given as well'],
    [["publish", "a", "b", "--envelope", "jsonbase"], "Did you mean `--envelope json-base`?"],
    [["publish", "a", "b", "--header", "x"], '--header "x" is not name=value'],
    [["publish", "a", "b", "--header", "x:=y"], "is not name:=value with JSON as its value"],
    [["publish", "a", "b", "--property", "contenttype=x"], "Did you mean `contentType=...`?"],
    [["publish", "a", "b", "--count", "0"], '--count cannot be "0"'],
    [["publish", "a", "b", "--rate", "fast"], '--rate cannot be "fast"'],
    [["publish", "a", "b", "--connection", "x"], "so it needs --service"],
    [
      ["publish", "a", "b", "--filter", "x"],
      "--filter is not an option of `tomodachi publish` but of `tomodachi tail`",
    ],
    [["publish", "a", "b", "--property", "priority=high"], '--property priority cannot be "high"'],
    [
      ["publish", "a", "b", "--property", "colour=red"],
      '--property "colour=red" must be the name of a property, then =',
    ],
    [["tail"], "`tomodachi tail` needs a pattern, or --service."],
    [["tail", "a", "b"], "Put a pattern with * into quotes"],
    [["tail", "a", "--filter", "dta.x=1"], 'Did you mean "data"?'],
    [["tail", "a", "--filter", "data.x"], "is not a condition. A condition is a field, then =, != or ~"],
    [["tial", "a"], "Did you mean `tomodachi tail`?"],
  ] as const)("of %j is refused", async (words, text) => {
    const ended = await project().run(words);
    expect(ended.stderr).toContain(text);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
  });

  it("of services without handlers explains why nothing can be shown", async () => {
    const none = `import { defineService } from "tomodachi"; export default defineService({ name: "empty", startService() {} });`;
    const place = project();
    place.write({ "empty/service.mjs": none });
    const empty = await place.run(["tail", "--service", "empty/"]);
    expect(empty.stderr).toContain("These services have no AMQP handlers, so there is no pattern to listen to.");
    expect(empty.code).toBe(2);
  });

  it("each command has its own help", async () => {
    const help = await project().run(["publish", "--help"]);
    expect(help.stdout).toContain("Usage: tomodachi publish <routing key> [data | @file | -] [options]");
    expect((await project().run(["tail", "--help"])).stdout).toContain("--filter <condition>");
  });

  it("an unresponsive broker is reported after five seconds", async () => {
    const nowhere = { TOMODACHI_AMQP_URL: `amqp://127.0.0.1:${await freePort()}` };
    const ended = await project().run(["publish", "a", "b"], { environment: nowhere });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain("Unable to connect");
  });
});
