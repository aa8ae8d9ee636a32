// What `tomodachi doctor` and `tomodachi trace` see by RabbitMQ's management API, and what they say when something else answers there.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findRelease, type RabbitMqNode, startRabbitMq } from "../../scripts/rabbitmq.ts";
import { freePorts } from "../../scripts/rabbitmq-settings.ts";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { connectForeign, describeWithPrivateBroker } from "../support/broker.ts";
import { type Ended, TemporaryProject } from "./temporary-project.ts";

const project = new TemporaryProject({
  "package.json": '{ "type": "module" }',
  "service/service.ts": `import { amqp, defineService, on } from "tomodachi";
export default defineService({
  name: "shop",
  options: { amqp: { exchangeName: "shop" } },
  handlers: {
    onPaid: on(amqp("order.*.paid", { queueName: "paid" }), () => {}),
    onNews: on(amqp("news.#", { competing: false, exchangeName: "amq.topic" }), () => {}),
  },
});`,
});
afterAll(() => project.remove());

/** Starts an HTTP server of the test; gives its URL. */
async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("another server on the port of the management API", () => {
  const broker = startBroker();
  afterAll(async () => void (await (await broker).stop()));

  async function doctor(management: string): Promise<Ended> {
    const { url } = await broker;
    const ended = await project.run(["doctor", "--url", url, "--management", management]);
    // What AMQP shows is shown all the same, and what is unknown prevents no start.
    expect(ended.stdout).toContain("It has no alarm, and accepts publishes.");
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    return ended;
  }

  const html = (status: number) => (_request: IncomingMessage, response: ServerResponse) =>
    void response
      .writeHead(status, { "content-type": "text/html; charset=utf-8" })
      .end("<html><title>Sign in</title></html>");

  it.each([200, 403, 502])("is recognised by the page of a proxy, with status %i", async (status) => {
    const url = await answering(html(status));
    expect((await doctor(url)).stdout).toContain(
      `The management API was not used: ${url} answers ${status} with text/html, so it is not a management API: another program or a proxy listens there.`,
    );
  });

  it("is recognised by the JSON of another program", async () => {
    const url = await answering((_request, response) =>
      response.setHeader("content-type", "application/json").end('{"status":"up"}'),
    );
    expect((await doctor(url)).stdout).toContain(
      `${url} answers 200 with application/json, so it is not a management API`,
    );
  });

  it("is reported with the reason that RabbitMQ gives", async () => {
    const url = await answering((_request, response) =>
      response.writeHead(404).end('{"error":"Object Not Found","reason":"Not Found"}'),
    );
    expect((await doctor(url)).stdout).toContain(`${url} answers 404: Not Found. These findings come from AMQP alone.`);
  });

  it("cannot redirect the doctor to another address", async () => {
    const url = await answering((_request, response) =>
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    );
    expect((await doctor(url)).stdout).toContain("does not answer (it sends to another address; give that one)");
  });

  it("has three seconds to answer", async () => {
    const url = await answering(() => {});
    expect((await doctor(url)).stdout).toContain(`${url} does not answer (no answer within 3 s)`);
  });

  it("may be nothing, or the AMQP port", async () => {
    const [free = 0] = await freePorts(1);
    expect((await doctor(`http://127.0.0.1:${free}`)).stdout).toContain("does not answer (connect ECONNREFUSED");
    const { port } = await broker;
    expect((await doctor(`http://127.0.0.1:${port}`)).stdout).toContain(`127.0.0.1:${port} does not answer (`);
  });
});

describeWithPrivateBroker("the management API of a RabbitMQ", { timeout: 240_000 }, () => {
  let node: RabbitMqNode;
  let management: string;
  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    node = await startRabbitMq({
      version: process.env["TOMODACHI_TEST_RABBITMQ_VERSION"],
      plugins: ["rabbitmq_management"],
      config: ["management.tcp.ip = 127.0.0.1", `management.tcp.port = ${port}`],
    });
    management = `http://127.0.0.1:${port}`;
  }, 240_000);
  afterAll(() => node?.stop());

  const doctor = (...words: readonly string[]): Promise<Ended> =>
    project.run(["doctor", "service/", "--url", node.url, "--management", management, ...words]);
  const trace = (...words: readonly string[]): Promise<Ended> =>
    project.run(["trace", ...words, "--url", node.url, "--management", management]);

  it("runs a release that is installed on this machine", () => {
    expect(findRelease(process.env["TOMODACHI_TEST_RABBITMQ_VERSION"])).toBeDefined();
  });

  it("shows the default queue type, the clock, and that nothing is there before a first start", async () => {
    const { code, stdout, stderr } = await doctor();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`ok       The management API at ${management} was used too.`);
    expect(stdout).toContain("ok       Its clock and the clock of this machine differ by a few seconds at most.");
    expect(stdout).toMatch(
      /Default queue type( of the virtual host: (classic|quorum)|: unknown, because the management)/,
    );
    expect(stdout).toContain("The start creates 1 exchange and 2 queues: shop, paid, paid.dlq.");
    expect(stdout).toContain("The service would start: no finding prevents it.");
    expect(await node.ctl("list_queues", "name", "--quiet")).not.toContain("paid");
  });

  it("shows existing objects, each binding, and what else a key reaches", async () => {
    const started = project.start(["run", "service/"], { environment: { TOMODACHI_AMQP_URL: node.url } });
    await started.seen("Ready.");
    const well = await doctor();
    expect(well.stdout).toContain("ok       1 of 1 exchange and 2 of 2 queues exist as the services declare them.");
    expect(well.stdout).toContain("ok       1 of 1 binding exists.");
    const arrives = await trace("order.1.paid", "service/");
    expect(arrives.code).toBe(0);
    expect(arrives.stdout).toContain('yes  shop.onPaid: "order.*.paid" matches; queue paid (0 waiting, 1 consumer)');
    expect(arrives.stdout).not.toContain("Also gets it");
    expect(arrives.stdout).not.toContain("bindings were not compared");
    expect((await trace("news.today", "service/", "--exchange", "amq.topic")).stdout).toContain(
      "Each instance has its own queue, and 1 queue is bound for this key.",
    );
    await using foreign = await connectForeign(node.url);
    await foreign.channel.assertQueue("audit", { durable: true });
    await foreign.channel.bindQueue("audit", "shop", "order.#");
    await foreign.channel.assertExchange("archive", "fanout", { durable: true });
    await foreign.channel.bindExchange("archive", "shop", "#");
    await foreign.channel.unbindQueue("paid", "shop", "order.*.paid");
    await foreign.channel.bindQueue("paid", "shop", "order.*.settled");
    const gone = await trace("order.1.paid", "service/");
    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain('The broker has no binding from "shop" to the queue that matches. The next start of');
    expect(gone.stdout).toContain(
      '+    queue audit: "order.#" matches; no handler of these services declares this queue',
    );
    expect(gone.stdout).toContain(
      '+    exchange archive: "#" matches; no handler of these services declares this exchange',
    );
    const stale = await trace("order.1.settled", "service/");
    expect(stale.stdout).toContain(
      '+    queue paid: "order.*.settled" matches; the queue of shop.onPaid, which does not declare this binding: name it in previousPatterns',
    );
    const told = await doctor();
    expect(told.code).toBe(0);
    expect(told.stdout).toContain(
      'The queue "paid" is not bound to the exchange "shop" by "order.*.paid": the service',
    );
    started.child.kill("SIGTERM");
    await started.ended;
  });

  it("continues over AMQP when it stops answering, and then finds no problem", async () => {
    const overview = await fetch(`${management}/api/overview`, {
      headers: { authorization: `Basic ${Buffer.from("guest:guest").toString("base64")}` },
    });
    const body = await overview.text();
    const url = await answering((request, response) => {
      if (request.url === "/api/overview") response.setHeader("content-type", "application/json").end(body);
    });
    const { code, stdout } = await project.run(["doctor", "service/", "--url", node.url, "--management", url]);
    expect(stdout).toContain(
      `info     The management API stopped answering: ${url} does not answer (no answer within 3 s).`,
    );
    expect(stdout).not.toContain("PROBLEM");
    expect(code).toBe(0);
  });

  it("uses the AMQP login, and names the tag that a user without it needs", async () => {
    await node.ctl("add_user", "plain", "secret");
    await node.ctl("set_permissions", "plain", ".*", ".*", ".*");
    const url = node.url.replace("guest:guest", "plain:secret");
    const { code, stdout } = await project.run(["doctor", "service/", "--url", url, "--management", management]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      `${management} answers 401 (the user needs the tag management: rabbitmqctl set_user_tags plain management)`,
    );
    expect(stdout).not.toContain("secret");
    await node.ctl("set_user_tags", "plain", "management");
    const tagged = await project.run(["doctor", "service/", "--url", url, "--management", management]);
    expect(tagged.stdout).toContain(`The management API at ${management} was used too.`);
  });

  it("is not called with a login that AMQP refuses", async () => {
    const url = node.url.replace("guest:guest", "guest:wrong-password");
    const { code, stdout } = await project.run(["doctor", "service/", "--url", url, "--management", management]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/PROBLEM .*refused the user/);
    expect(stdout).not.toContain("wrong-password");
  });

  it("is not trusted if it belongs to another broker", async () => {
    const other = await startBroker();
    const { code, stdout } = await project.run(["doctor", "--url", other.url, "--management", management]);
    await other.stop();
    expect(code).toBe(0);
    expect(stdout).toContain("the AMQP broker does not name its cluster, so this may be another broker");
  });
});
