// Opening a connection: the protocol header, logging in, tuning, the virtual host.
import { connect, credentials } from "amqplib";
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { connectionError, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea } from "../conformance-case.ts";
import { protocolHeader } from "../raw-codec.ts";
import { RawConnection, type Tuning } from "../raw-connection.ts";

/** Says that it understands connection.close after a refused login. */
const closesOnFailure = { authentication_failure_close: true };

/** The broker begins the handshake behind this protocol header. */
async function expectWelcome({ url }: CaseContext, octets: string): Promise<void> {
  await using raw = await RawConnection.connect(url);
  raw.send(Buffer.from(`AMQP${octets}`, "latin1"));
  const start = await raw.expect("ConnectionStart");
  expect(String(start["mechanisms"])).toContain("PLAIN");
}

export const handshake: ConformanceArea = {
  name: "handshake",
  cases: [
    {
      title: "starts with AMQP 0-9, the mechanisms PLAIN and AMQPLAIN, and en_US",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        const { versionMajor, versionMinor, mechanisms, locales } = await raw.login();
        expect([versionMajor, versionMinor]).toEqual([0, 9]);
        expect(String(mechanisms).split(" ")).toEqual(expect.arrayContaining(["PLAIN", "AMQPLAIN"]));
        expect(String(locales)).toBe("en_US");
      },
    },
    {
      title: "sends its version and its capabilities",
      async run(context) {
        const client = await context.connect();
        const properties = client.connection.connection.serverProperties;
        expect(properties).toMatchObject({
          version: context.broker.version,
          capabilities: {
            publisher_confirms: true,
            exchange_exchange_bindings: true,
            "basic.nack": true,
            consumer_cancel_notify: true,
            "connection.blocked": true,
            consumer_priorities: true,
            authentication_failure_close: true,
            per_consumer_qos: true,
            direct_reply_to: true,
          },
        });
      },
    },
    {
      title: "proposes 2047 channels, frames of 128 kB and a heartbeat of 60 s",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        await raw.login();
        expect(await raw.tune()).toEqual({ channelMax: 2047, frameMax: 131072, heartbeat: 60 });
      },
    },
    {
      title: "answers another protocol header with its own, and closes the socket",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        raw.send(Buffer.from("AMQP\0\0\x0a\0", "latin1"));
        expect(await raw.rest()).toEqual(protocolHeader);
      },
    },
    {
      title: "answers bytes that are not a protocol header with its own header, and closes the socket",
      async run(context) {
        for (const bytes of ["AMQP\x01\x01\0\x0a", "AMQP\0\0\x08\0", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n\r\n"]) {
          await using raw = await RawConnection.connect(context.url);
          raw.send(Buffer.from(bytes, "latin1"));
          const answer = await raw.rest();
          expect(answer.length, bytes).toBe(8);
          // RabbitMQ 4 names AMQP 1.0 here, which the embedded broker does not speak.
          expect(answer.subarray(0, 4).toString(), bytes).toBe("AMQP");
        }
      },
    },
    {
      title: "accepts the protocol header of AMQP 0-9 as that of 0-9-1",
      async run(context) {
        await expectWelcome(context, "\x01\x01\0\x09");
      },
    },
    {
      title: "accepts the protocol headers of AMQP 0-8 before 4.0",
      async run(context) {
        for (const octets of ["\x01\x01\x08\0", "\x01\x01\x09\x01"]) {
          if (context.broker.kind === "rabbitmq" && isAtLeast(context.broker, 4)) {
            await using raw = await RawConnection.connect(context.url);
            raw.send(Buffer.from(`AMQP${octets}`, "latin1"));
            expect((await raw.rest()).length).toBe(8);
          } else await expectWelcome(context, octets);
        }
      },
    },
    {
      title: "accepts a login with AMQPLAIN",
      async run(context) {
        const client = await context.connect({
          socketOptions: { credentials: credentials.amqplain("guest", "guest") },
        });
        await client.channel();
        expect(client.errors).toEqual([]);
      },
    },
    {
      title: "refuses a wrong password with 403 if the client supports that",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        await raw.login(closesOnFailure, raw.plainResponse("guest", "wrong"));
        expect(await raw.refusal("connection")).toEqual(connectionError(403, refusedLogin("PLAIN")));
      },
    },
    {
      title: "refuses an unknown user with the same text",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        await raw.login(closesOnFailure, raw.plainResponse(context.uniqueName("nobody"), "guest"));
        expect(await raw.refusal("connection")).toEqual(connectionError(403, refusedLogin("PLAIN")));
      },
    },
    {
      title: "refuses a wrong password with AMQPLAIN, and names the mechanism",
      async run(context) {
        const { hostname, port } = new URL(context.url);
        const login = connect(`amqp://${hostname}:${port}/%2F`, {
          credentials: credentials.amqplain("guest", "wrong"),
        });
        await expect(login).rejects.toThrow(refusedLogin("AMQPLAIN"));
      },
    },
    {
      title: "closes the socket after a wrong password if the client does not support the error",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        await raw.login({}, raw.plainResponse("guest", "wrong"));
        await raw.dropped();
      },
    },
    {
      title: "refuses an unknown virtual host with 530",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        const name = context.uniqueName("nowhere");
        await raw.login();
        await raw.expect("ConnectionTune");
        raw.method(0, "ConnectionTuneOk", { channelMax: 2047, frameMax: 131072, heartbeat: 0 });
        raw.method(0, "ConnectionOpen", { virtualHost: name });
        expect(await raw.refusal("connection")).toEqual(connectionError(530, `NOT_ALLOWED - vhost ${name} not found`));
      },
    },
    {
      title: "refuses a virtual host without a permission of the user with 530",
      async run(context) {
        const user = { name: context.uniqueName("user"), password: "secret" };
        await context.broker.addUser(user);
        await using raw = await RawConnection.connect(context.url);
        await raw.login({}, raw.plainResponse(user.name, user.password));
        await raw.expect("ConnectionTune");
        raw.method(0, "ConnectionTuneOk", { channelMax: 2047, frameMax: 131072, heartbeat: 0 });
        raw.method(0, "ConnectionOpen", { virtualHost: virtualHostOf(context) });
        const words = `NOT_ALLOWED - access to vhost '${virtualHostOf(context)}' refused for user '${user.name}'`;
        expect(await raw.refusal("connection")).toEqual(connectionError(530, words));
      },
    },
    {
      title: "sends no frame above the size that the client chose",
      async run(context) {
        await using raw = await RawConnection.open(context.url, { frameMax: 8192 });
        const queue = context.uniqueName("queue");
        await raw.openChannel(1);
        await raw.call(1, "QueueDeclare", { queue, exclusive: true });
        raw.publish(1, { routingKey: queue }, {}, "x".repeat(20_000), 8184);
        raw.method(1, "BasicGet", { queue, noAck: true });
        await raw.expect("BasicGetOk", 1);
        const sizes: number[] = [];
        await raw.next();
        while (sizes.reduce((sum, size) => sum + size, 0) < 20_000) {
          const piece = await raw.next();
          if (piece?.kind === "body") sizes.push(piece.body.length);
        }
        expect(sizes).toEqual([8184, 8184, 3632]);
      },
    },
    {
      title: "ends the connection if the client chooses more than was proposed, or frames that are too small",
      async run(context) {
        const least = isAtLeast(context.broker, 4, 1) ? 8192 : 4096;
        const answers: readonly Tuning[] = [
          { frameMax: least - 1 },
          { frameMax: 131_073 },
          { frameMax: 0 },
          { channelMax: 2048 },
          { channelMax: 0 },
        ];
        await Promise.all(answers.map((answer) => tunedAndEnded(context.url, answer)));
      },
    },
    {
      title: "accepts a longer heartbeat than it proposed, and none",
      async run(context) {
        for (const heartbeat of [600, 0]) {
          await using raw = await RawConnection.open(context.url, { heartbeat });
          await raw.openChannel(1);
        }
      },
    },
    {
      title: "sends heartbeats after connection.tune-ok, even before the virtual host is open",
      async run(context) {
        await using raw = await RawConnection.connect(context.url);
        await raw.login();
        await raw.expect("ConnectionTune");
        raw.method(0, "ConnectionTuneOk", { channelMax: 2047, frameMax: 131072, heartbeat: 2 });
        expect((await raw.nextOfAll())?.kind).toBe("heartbeat");
        raw.method(0, "ConnectionOpen", { virtualHost: virtualHostOf(context) });
        await raw.expect("ConnectionOpenOk");
      },
    },
    {
      title: "sends heartbeats, and closes the socket of a client that sends none",
      async run(context) {
        await using raw = await RawConnection.open(context.url, { heartbeat: 1 });
        expect((await raw.nextOfAll())?.kind).toBe("heartbeat");
        await raw.dropped();
      },
    },
  ],
};

async function tunedAndEnded(url: string, tuning: Tuning): Promise<void> {
  await using raw = await RawConnection.connect(url);
  await raw.login();
  await raw.expect("ConnectionTune");
  raw.method(0, "ConnectionTuneOk", { channelMax: 2047, frameMax: 131_072, heartbeat: 0, ...tuning });
  // RabbitMQ hangs up after a while; a broker that says why does no harm.
  const last = await raw.next();
  const told = last?.kind === "method" && last.name === "ConnectionClose" && last.fields;
  expect(last === undefined || told, JSON.stringify(tuning)).toBeTruthy();
}

function refusedLogin(mechanism: string): string {
  return (
    `ACCESS_REFUSED - Login was refused using authentication mechanism ${mechanism}. ` +
    "For details see the broker logfile."
  );
}
