// TLS and EXTERNAL against a real RabbitMQ, with certificates of the test's own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRelease, type RabbitMqNode, startRabbitMq } from "../../scripts/rabbitmq.ts";
import { freePorts } from "../../scripts/rabbitmq-settings.ts";
import type { ConnectionOptions } from "../../src/amqp-client/options.ts";
import { amqp, amqpPublish, Service } from "../../src/index.ts";
import { createConnection } from "../amqp-client/client.ts";
import { until } from "../support/broker.ts";
import { start } from "../support/running.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "./certificates.ts";

const describeHere = findRelease() && hasOpenssl() ? describe : describe.skip;

async function failureAt(options: ConnectionOptions): Promise<{ readonly code?: string; readonly message: string }> {
  try {
    // Not the broker that the other tests share.
    await using connection = createConnection({ url: undefined, connectTimeoutSeconds: 2, ...options });
    await connection.open();
  } catch (error) {
    return error as { readonly code?: string; readonly message: string };
  }
  throw new Error("it connected");
}

describeHere("a RabbitMQ with TLS", () => {
  let node: RabbitMqNode;
  let certificates: Certificates;
  let port = 0;

  beforeAll(async () => {
    certificates = makeCertificates("orders-service");
    [port = 0] = await freePorts(1);
    node = await startRabbitMq({
      plugins: ["rabbitmq_auth_mechanism_ssl"],
      config: [
        ...certificates.serverConfig(port),
        "auth_mechanisms.1 = PLAIN",
        "auth_mechanisms.2 = EXTERNAL",
        "ssl_cert_login_from = common_name",
      ],
    });
    await node.ctl("add_user", "orders-service", "not used");
    await node.ctl("set_permissions", "orders-service", ".*", ".*", ".*");
  }, 180_000);

  afterAll(async () => {
    await node?.stop();
    certificates?.[Symbol.dispose]();
  });

  it.each(["localhost", "127.0.0.1"])(
    "accepts a service that trusts its certificate authority, by %s",
    async (host) => {
      const { ca } = certificates;
      const seen: string[] = [];
      class Orders extends Service {
        name = "orders";
        override options = { amqp: { url: `amqps://guest:guest@${host}:${port}`, tls: { ca } } };

        @amqp("key")
        async onKey(text: string) {
          seen.push(text);
        }
      }
      await using running = await start(Orders);
      const [service] = running.services as [Service];
      await amqpPublish(service, "encrypted", { routingKey: "key" });
      await until(() => seen.includes("encrypted"), { what: "the message" });
    },
  );

  it("accepts the login of a service by its client certificate alone", async () => {
    const { ca, client } = certificates;
    const seen: string[] = [];
    class Orders extends Service {
      name = "by-certificate";
      override options = { amqp: { host: "localhost", port, mechanism: "external" as const, tls: { ca, ...client } } };

      @amqp("key")
      async onKey(text: string) {
        seen.push(text);
      }
    }
    await using running = await start(Orders);
    const [service] = running.services as [Service];
    await amqpPublish(service, "by certificate", { routingKey: "key" });
    await until(() => seen.includes("by certificate"), { what: "the message" });
    const connections = await node.ctl("list_connections", "user", "auth_mechanism", "ssl");
    expect(connections.split("\n").filter((line) => line.startsWith("orders-service"))).toEqual([
      "orders-service\tEXTERNAL\ttrue",
      "orders-service\tEXTERNAL\ttrue",
    ]);
  });

  it("reports the problem of a certificate", async () => {
    const { ca, client, stranger } = certificates;
    const url = `amqps://guest:guest@localhost:${port}`;
    expect((await failureAt({ url })).message).toMatch(/self-signed certificate|unable to (get|verify)/i);
    expect((await failureAt({ url, tls: { ca, servername: "other.example" } })).message).toMatch(
      /does not match the name "other\.example": it is for DNS:localhost/,
    );
    expect(await failureAt({ url, tls: { ca, ...stranger } })).toMatchObject({
      code: "ERR_AMQP_UNREACHABLE",
      message: expect.stringContaining("it does not trust the client certificate"),
    });
    expect(await failureAt({ url, tls: { ca, cert: client.cert, key: stranger.key } })).toMatchObject({
      code: "ERR_AMQP_CONNECTION_OPTIONS",
    });
  });

  it("refuses a certificate whose name is not a user, and the error says what is missing", async () => {
    const { ca } = certificates;
    await node.ctl("delete_user", "orders-service");
    try {
      const error = await failureAt({
        host: "localhost",
        port,
        mechanism: "external",
        tls: { ca, ...certificates.client },
      });
      expect(error).toMatchObject({ code: "ERR_AMQP_ACCESS_REFUSED" });
      expect(error.message).toContain("refused the client certificate");
      const plain = await failureAt({ url: `amqps://me:wrong@localhost:${port}`, tls: { ca, ...certificates.client } });
      expect(plain.message).toContain('set mechanism: "external"');
      expect(JSON.stringify([plain, plain.message])).not.toContain("wrong");
    } finally {
      await node.ctl("add_user", "orders-service", "not used");
      await node.ctl("set_permissions", "orders-service", ".*", ".*", ".*");
    }
  });
});
