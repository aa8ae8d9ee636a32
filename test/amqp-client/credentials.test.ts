// A password function is asked at each connection, and again before its secret ends; its result is in no log.
import { expect, it } from "vitest";
import { AmqpConnection } from "../../src/amqp-client/connection.ts";
import type { PasswordFunction } from "../../src/amqp-client/credentials.ts";
import { type ConnectionOptions, resolveConnectionOptions } from "../../src/amqp-client/options.ts";
import { createLogger } from "../../src/log/logger.ts";
import { amqpUrl, createVirtualHost, describeWithPrivateBroker, operator, until } from "../support/broker.ts";

async function connectionWith(password: PasswordFunction, more: ConnectionOptions & { readonly vhost?: string } = {}) {
  const lines: string[] = [];
  const logger = await createLogger({ level: "trace", destination: { write: (line) => void lines.push(line) } });
  const { host, port } = new URL(amqpUrl ?? "");
  const target = { host: host.split(":")[0], port: Number(port), username: "guest", connectTimeoutSeconds: 3 };
  const options = resolveConnectionOptions({ ...target, password, ...more }, {});
  const connection = new AmqpConnection({ options, name: "test", purpose: "consuming", logger });
  return Object.assign(connection, { lines, [Symbol.asyncDispose]: () => connection.close() });
}

describeWithPrivateBroker("a password function", () => {
  it("is called for each connection", async () => {
    await using host = await createVirtualHost();
    const asked: string[] = [];
    const password: PasswordFunction = async ({ reason }) => {
      asked.push(reason);
      return "guest";
    };
    await using connection = await connectionWith(password, { vhost: host.name });
    await connection.open();
    await operator().closeConnections("for a test", host.name);
    await until(() => asked.length === 2 && connection.state === "connected", { what: "the second connection" });
    expect(asked).toEqual(["connect", "connect"]);
  });

  it("is called again before its secret expires, and the connection stays open", async () => {
    const asked: string[] = [];
    await using connection = await connectionWith(({ reason }) => {
      asked.push(reason);
      return { password: "guest", expiresAt: new Date(Date.now() + 2000) };
    });
    await connection.open();
    await until(() => asked.length >= 3, { what: "two new secrets" });
    const renewed = (): number =>
      connection.lines.filter((line) => line.includes("has a new password or token")).length;
    await until(() => renewed() >= 2, { what: "the broker's yes" });
    expect([asked.slice(0, 3), connection.state]).toEqual([["connect", "refresh", "refresh"], "connected"]);
  });

  it("that fails at the start is called again for connectTimeoutSeconds", async () => {
    let attempts = 0;
    const password = (): string => {
      if (++attempts < 3) throw new Error("not yet");
      return "guest";
    };
    await using connection = await connectionWith(password, { connectTimeoutSeconds: 30 });
    await connection.open();
    expect(attempts).toBe(3);
  });

  it("that continues to fail is the error of the start, which says so", async () => {
    await using connection = await connectionWith(() => Promise.reject(new Error("the vault is sealed")), {
      connectTimeoutSeconds: 0.5,
    });
    await expect(connection.open()).rejects.toMatchObject({
      code: "ERR_AMQP_CREDENTIALS",
      message: expect.stringContaining("threw the vault is sealed"),
    });
  });

  it("that returns no password fails the start at once", async () => {
    let attempts = 0;
    await using connection = await connectionWith((() => void attempts++) as never);
    await expect(connection.open()).rejects.toMatchObject({ code: "ERR_AMQP_CONNECTION_OPTIONS" });
    expect(attempts).toBe(1);
  });

  it("that never settles ends with the timeout of the start", async () => {
    await using connection = await connectionWith(() => new Promise(() => {}), { connectTimeoutSeconds: 0.3 });
    await expect(connection.open()).rejects.toMatchObject({ code: "ERR_AMQP_CREDENTIALS" });
  });

  it("whose password is refused fails the start at once, and the password is not shown", async () => {
    await using connection = await connectionWith(() => "hunter2");
    const error = (await connection.open().catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: "ERR_AMQP_ACCESS_REFUSED" });
    expect(JSON.stringify([error, error.message, error.stack, String(error.cause), connection.lines])).not.toContain(
      "hunter2",
    );
  });

  it("whose password ends with a line break is refused, and the error says so", async () => {
    await using connection = await connectionWith(() => "guest\n");
    await expect(connection.open()).rejects.toMatchObject({
      code: "ERR_AMQP_ACCESS_REFUSED",
      message: expect.stringContaining("The password ends with a line break: remove it, for example with trim()."),
    });
  });

  it("is not called repeatedly while the broker is down", async () => {
    let attempts = 0;
    const password = (): string => {
      attempts++;
      return "guest";
    };
    // Nothing listens there.
    await using connection = await connectionWith(password, { port: 1, connectTimeoutSeconds: 1 });
    await expect(connection.open()).rejects.toMatchObject({ code: "ERR_AMQP_UNREACHABLE" });
    expect(attempts).toBe(1);
  });
});
