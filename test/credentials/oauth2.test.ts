// OAuth 2 against a real RabbitMQ with its plugin, and tokens that are signed here: they are renewed before they expire.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRelease, type RabbitMqNode, startRabbitMq } from "../../scripts/rabbitmq.ts";
import { amqp, amqpPublish, type PasswordFunction, Service } from "../../src/index.ts";
import { createConnection } from "../amqp-client/client.ts";
import { until } from "../support/broker.ts";
import { start } from "../support/running.ts";

const describeHere = findRelease() ? describe : describe.skip;

describeHere("a RabbitMQ that accepts OAuth 2 tokens", () => {
  let node: RabbitMqNode;
  let key: KeyObject;
  let folder = "";

  /** Signed by the key that the broker knows. */
  function token(lifeSeconds: number, by: KeyObject = key): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const exp = Math.floor(Date.now() / 1000) + lifeSeconds;
    const scope = ["rabbitmq.configure:*/*", "rabbitmq.write:*/*/*", "rabbitmq.read:*/*/*"];
    const body = `${part({ alg: "RS256", typ: "JWT", kid: "test" })}.${part({ aud: ["rabbitmq"], sub: "orders", client_id: "orders", scope, exp })}`;
    return `${body}.${sign("RSA-SHA256", Buffer.from(body), by).toString("base64url")}`;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tomodachi-oauth-"));
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    key = pair.privateKey;
    const file = join(folder, "public.pem");
    writeFileSync(file, pair.publicKey.export({ type: "spki", format: "pem" }));
    node = await startRabbitMq({
      plugins: ["rabbitmq_auth_backend_oauth2"],
      config: [
        "auth_backends.1 = rabbit_auth_backend_internal",
        "auth_backends.2 = rabbit_auth_backend_oauth2",
        "auth_oauth2.resource_server_id = rabbitmq",
        "auth_oauth2.default_key = test",
        `auth_oauth2.signing_keys.test = ${file}`,
        "auth_oauth2.algorithms.1 = RS256",
      ],
    });
  }, 180_000);

  afterAll(async () => {
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function ordersWith(password: PasswordFunction) {
    const seen: string[] = [];
    class Orders extends Service {
      name = "orders";
      override options = { amqp: { url: `amqp://127.0.0.1:${node.port}`, username: "orders", password } };

      @amqp("key")
      async onKey(text: string) {
        seen.push(text);
      }
    }
    return { Orders, seen };
  }

  it("keeps the connections of a service whose tokens are valid for seconds", { timeout: 120_000 }, async () => {
    const asked: string[] = [];
    const { Orders, seen } = ordersWith(async ({ reason }) => {
      asked.push(reason);
      // A fifth of it is left for the broker's answer to the next one, on a busy machine too.
      return token(10);
    });
    await using running = await start(Orders);
    const [service] = running.services as [Service];
    const refreshed = (): number => asked.filter((reason) => reason === "refresh").length;
    // Beyond the end of two tokens, on both connections.
    await until(() => refreshed() >= 6, { what: "three new tokens for each connection", timeoutMs: 60_000 });
    await amqpPublish(service, "with a new token", { routingKey: "key" });
    await until(() => seen.length === 1, { what: "the message" });
    expect(asked.filter((reason) => reason === "connect")).toHaveLength(2);
    expect(running.log.filter(({ msg }) => msg.includes("was lost"))).toEqual([]);
    expect(JSON.stringify(running.log)).not.toMatch(/eyJ[A-Za-z0-9_-]{10}/);
  });

  it("is reconnected to with another token when it refuses a new one", { timeout: 120_000 }, async () => {
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const asked: string[] = [];
    const { Orders, seen } = ordersWith(({ reason }) => {
      asked.push(reason);
      return reason === "refresh" ? token(600, stranger) : token(asked.length <= 2 ? 5 : 600);
    });
    await using running = await start(Orders);
    const [service] = running.services as [Service];
    const connects = (): number => asked.filter((reason) => reason === "connect").length;
    await until(() => connects() >= 4, { what: "both connections made again", timeoutMs: 60_000 });
    await amqpPublish(service, "after the refusal", { routingKey: "key" });
    await until(() => seen.length === 1, { what: "the message" });
  });

  it("works again after a token expired, as soon as a new one is available", { timeout: 120_000 }, async () => {
    let down = true;
    let end = 0;
    const { Orders, seen } = ordersWith(({ reason }) => {
      if (reason === "refresh" && down) throw new Error("the server of tokens is down");
      if (end === 0) end = Date.now() + 4000;
      return token(down ? 4 : 600);
    });
    await using running = await start(Orders);
    const [service] = running.services as [Service];
    await until(() => Date.now() > end + 1000, { what: "the end of the token" });
    const warnings = running.log.filter(({ msg }) =>
      msg.includes("was not renewed (Cannot connect without a password"),
    );
    expect(warnings.length).toBeGreaterThan(0);
    down = false;
    const publish = async (): Promise<boolean> => {
      await amqpPublish(service, "after the end", { routingKey: "key" }).catch(() => {});
      return seen.length > 0;
    };
    await until(publish, { what: "a message that arrived", timeoutMs: 60_000 });
    expect(service.health().healthy).toBe(true);
  });

  it("refuses a token of another key at once, without showing the token", { timeout: 60_000 }, async () => {
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const password: PasswordFunction = () => token(600, stranger);
    const target = { url: undefined, host: "127.0.0.1", port: node.port };
    await using connection = createConnection({ ...target, username: "orders", password });
    const error = (await connection.open().catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: "ERR_AMQP_ACCESS_REFUSED" });
    expect(error.message).toContain("a token must be for this broker");
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain("eyJ");
  });
});
