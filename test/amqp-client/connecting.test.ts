// A connection at its start and through its losses: which refusals are final, what is repaired.
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HostTurns } from "../../src/amqp-client/host-turns.ts";
import { resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { freePort } from "../cli/free-port.ts";
import {
  amqpUrl,
  brokerKind,
  createVirtualHost,
  describeWithBroker,
  describeWithPrivateBroker,
  operator,
  until,
} from "../support/broker.ts";
import { capturingLogger } from "../support/capturing-logger.ts";
import { createConnection, onceConnection, openConnection, rejection } from "./client.ts";

/** A port with a silent listener. */
class SilentServer {
  readonly sockets: Socket[] = [];
  readonly #server: Server = createServer((socket) => {
    this.sockets.push(socket);
    socket.on("error", () => {});
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as { readonly port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("a broker that cannot be reached", () => {
  const servers: SilentServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it("is tried until the timeout, and the error names it with the reason", async () => {
    const port = await freePort();
    await using connection = createConnection({ url: undefined, host: "127.0.0.1", port, connectTimeoutSeconds: 0.5 });
    const started = performance.now();
    const error = await rejection(connection.open());
    expect(error.code).toBe("ERR_AMQP_UNREACHABLE");
    expect(error.message).toMatch(`Unable to connect [amqp] to 127.0.0.1:${port} (connect ECONNREFUSED`);
    expect(performance.now() - started).toBeGreaterThan(450);
    expect(connection.state).toBe("idle");
  });

  it("is tried once for a program whose user waits, and the error names the option that says where it is", async () => {
    const hosts = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    await using connection = onceConnection({ hosts, connectTimeoutSeconds: 60 });
    const started = performance.now();
    const error = await rejection(connection.open());
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(error).toMatchObject({ code: "ERR_AMQP_UNREACHABLE", place: "options.amqp" });
    expect(error.message).toContain(`to ${hosts[0]} (connect ECONNREFUSED`);
    expect(error.message).toContain(`to ${hosts[1]} (connect ECONNREFUSED`);
    expect(error.message).toMatch(
      /Start the broker, or set its address: --broker, TOMODACHI_AMQP_URL or options\.amqp\. `tomodachi broker` starts one for development\.$/,
    );
    expect(connection.state).toBe("idle");
  });

  it("is not named by the option where the option does not apply", async () => {
    const place = { path: "options.amqp.connections.audit", variables: false };
    await using connection = onceConnection({ host: "127.0.0.1", port: await freePort() }, place);
    expect((await rejection(connection.open())).message).toMatch(
      /set its address: options\.amqp\.connections\.audit\. `tomodachi broker` /,
    );
  });

  it("does not hide a host that can be reached: the next is tried", async () => {
    const { hostname, port, username, password } = new URL(amqpUrl ?? "");
    const hosts = [`127.0.0.1:${await freePort()}`, `${hostname}:${port}`];
    await using connection = onceConnection({ hosts, username, password });
    await connection.open();
    expect(connection.state).toBe("connected");
  });

  it("is named with each of its hosts, and why that one could not be reached", async () => {
    const hosts = [`127.0.0.1:${await freePort()}`, "absent.invalid:5672"];
    await using connection = createConnection({ url: undefined, hosts, connectTimeoutSeconds: 0.5 });
    const { message } = await rejection(connection.open());
    expect(message).toMatch(`to ${hosts[0]} (connect ECONNREFUSED`);
    expect(message).toMatch(`to ${hosts[1]} (`);
    expect(connection.lastError).toMatch(/ECONNREFUSED.*; .*absent\.invalid/);
  });

  it("does not delay the timeout when it never answers", async () => {
    const server = new SilentServer();
    servers.push(server);
    const port = await server.listen();
    await using connection = createConnection({ url: undefined, host: "127.0.0.1", port, connectTimeoutSeconds: 0.3 });
    const started = performance.now();
    expect((await rejection(connection.open())).code).toBe("ERR_AMQP_UNREACHABLE");
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("is no longer tried when the signal aborts or the connection is closed", async () => {
    const server = new SilentServer();
    servers.push(server);
    const port = await server.listen();
    const abort = new AbortController();
    await using first = createConnection({ url: undefined, host: "127.0.0.1", port });
    const opening = rejection(first.open(abort.signal));
    abort.abort();
    expect((await opening).code).toBe("ERR_AMQP_UNREACHABLE");
    await using second = createConnection({ url: undefined, host: "127.0.0.1", port });
    const other = rejection(second.open());
    await second.close();
    expect((await other).code).toBe("ERR_AMQP_CLOSED");
    expect(second.state).toBe("closed");
  });
});

describe("an attempt that is interrupted", () => {
  it("is not announced as a retry", async () => {
    const server = new SilentServer();
    const port = await server.listen();
    const { logger, lines } = await capturingLogger();
    const options = resolveConnectionOptions({ host: "127.0.0.1", port }, {});
    const failed: string[] = [];
    const settings = { options, name: "test", purpose: "consuming", logger };
    const hosts = new HostTurns({ ...settings, failed: (reasons) => failed.push(reasons) });
    const abort = new AbortController();
    const connecting = rejection(hosts.connect(abort.signal, true));
    await until(() => server.sockets.length === 1, { what: "the attempt" });
    abort.abort();
    expect((await connecting).code).toBe("ERR_AMQP_UNREACHABLE");
    expect(failed).toHaveLength(1);
    expect(lines).toEqual([]);
    await server.close();
  });
});

describe("an attempt that fails", () => {
  it.each([
    [1, /^Unable to connect .*; the publishing connection tries again in 0\.1 s$/],
    [2, /^Unable to connect .*; the publishing connection tries the next host$/],
  ])("with %i hosts says what the connection does next", async (count, words) => {
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    const { logger, lines } = await capturingLogger();
    const options = resolveConnectionOptions({ hosts: ports.map((port) => `127.0.0.1:${port}`) }, {});
    const settings = { options, name: "test", purpose: "publishing", logger, failed: () => {} };
    const abort = new AbortController();
    const connecting = rejection(new HostTurns(settings).connect(abort.signal, true));
    await until(() => lines.length > 0, { what: "the warning" });
    abort.abort();
    expect((await connecting).code).toBe("ERR_AMQP_UNREACHABLE");
    expect(lines[0]).toMatchObject({ level: 40, attempt: 1, msg: expect.stringMatching(words) as string });
  });
});

describeWithBroker("a broker that refuses", () => {
  it("a login, fails the connection at once, and the password is not shown", async () => {
    const url = new URL(amqpUrl ?? "");
    url.username = "nobody";
    url.password = "sesame";
    await using connection = createConnection({ url: url.href });
    const error = await rejection(connection.open());
    expect(error.code).toBe("ERR_AMQP_ACCESS_REFUSED");
    expect(error.message).toContain("nobody");
    expect(error.message).not.toContain("sesame");
    expect(error.message).not.toContain("guest");
  });

  it("the login guest on this machine, does not say that RabbitMQ accepts it only from localhost", async () => {
    const url = new URL(amqpUrl ?? "");
    url.username = "guest";
    url.password = "sesame";
    await using connection = createConnection({ url: url.href });
    const { message } = await rejection(connection.open());
    expect(message).toContain('refused the user "guest"');
    expect(message).not.toContain("only from localhost");
  });

  it("a virtual host, fails the connection at once", async () => {
    const url = new URL(amqpUrl ?? "");
    url.pathname = "/absent";
    await using connection = createConnection({ url: url.href });
    const started = performance.now();
    const error = await rejection(connection.open());
    expect(error.code).toBe("ERR_AMQP_VIRTUAL_HOST");
    expect(error.message).toContain('"absent"');
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describeWithBroker("a connection", () => {
  it("is opened once for all callers at the same time, and describes the broker", async () => {
    await using connection = createConnection();
    let opened = 0;
    connection.subscribe({ opened: () => opened++ });
    await Promise.all([connection.open(), connection.open(), connection.open()]);
    await connection.open();
    expect(opened).toBe(1);
    expect(connection.state).toBe("connected");
    expect(connection.broker?.product).toBe(brokerKind === "embedded" ? "tomodachi embedded broker" : "RabbitMQ");
  });

  it("tries its hosts in turn", async () => {
    const { host, username, password } = new URL(amqpUrl ?? "");
    const hosts = [`127.0.0.1:${await freePort()}`, host];
    await using connection = createConnection({
      url: undefined,
      hosts,
      username: username || "guest",
      password: password || "guest",
    });
    await connection.open();
    expect(connection.state).toBe("connected");
  });

  it("does not open again after it is closed, and may be closed twice", async () => {
    const connection = await openConnection();
    await Promise.all([connection.close(), connection.close()]);
    expect(connection.state).toBe("closed");
    expect((await rejection(connection.open())).code).toBe("ERR_AMQP_CLOSED");
    expect((await rejection(connection.openChannel())).code).toBe("ERR_AMQP_CLOSED");
  });

  it("keeps its other channels when the broker closes one", async () => {
    await using connection = await openConnection();
    const channel = await connection.openChannel();
    const error = await rejection(connection.withChannel((other) => other.checkQueue("absent-for-certain")));
    expect(error).toMatchObject({ replyCode: 404 });
    expect(error.message).toContain("NOT_FOUND");
    await channel.assertExchange("amq.topic", "topic");
    expect(connection.state).toBe("connected");
  });
});

describeWithPrivateBroker("a connection that an operator closes", () => {
  it("is opened again, as often as needed, and reports the loss and the return", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url });
    const told: string[] = [];
    connection.subscribe({ opened: () => told.push("opened"), lost: (error) => told.push(error.message) });
    for (const round of [1, 2]) {
      await operator().closeConnections(`round ${round}`, host.name);
      await until(() => told.length === 2 * round, { what: "the connection to come back" });
      expect(connection.state).toBe("connected");
    }
    expect(told[0]).toContain("round 1");
    expect(told[1]).toBe("opened");
    await connection.withChannel((channel) => channel.checkExchange("amq.topic"));
  });

  it("rejects pending requests, instead of leaving them without an answer", async () => {
    await using host = await createVirtualHost();
    await using connection = await openConnection({ url: host.url });
    let lost = false;
    connection.subscribe({ lost: () => (lost = true) });
    // Asks until the connection is lost in the middle of a question.
    const asking = rejection(
      (async () => {
        while (!lost) await connection.withChannel((channel) => channel.checkExchange("amq.topic"));
        throw new Error("between two questions");
      })(),
    );
    await operator().closeConnections("in between", host.name);
    // Not as if the broker had refused what it was asked for.
    expect((await asking).message).toMatch(/in between|between two questions/);
  });
});
