// The errors for a user without a permission, and what each permission allows.
import type { Channel } from "amqplib";
import { expect } from "vitest";
import { isAtLeast } from "../broker-version.ts";
import { declareQueue, open, refusal, virtualHostOf } from "../case-tools.ts";
import type { CaseContext, ConformanceArea, ForeignClient } from "../conformance-case.ts";
import { declareExchange } from "../routing-tools.ts";

type Attempt = readonly [right: string, kind: "queue" | "exchange", name: string, act: (channel: Channel) => unknown];

export const permissions: ConformanceArea = {
  name: "permissions",
  cases: [
    {
      title: "needs configure to declare and delete, write to publish and bind, read to consume and to bind from",
      async run(context) {
        const { channel } = await open(context);
        const queue = await declareQueue(context, channel);
        const exchange = await declareExchange(context, channel, "direct");
        const prefix = context.uniqueName("mine");
        const user = await limitedUser(context, `^${prefix}`);
        const own = await user.client.channel();
        const [ownQueue, ownExchange] = [context.uniqueName(prefix), context.uniqueName(prefix)];
        await own.assertQueue(ownQueue);
        await own.assertExchange(ownExchange, "direct");
        await own.bindQueue(ownQueue, ownExchange, "key");
        own.publish(ownExchange, "key", Buffer.from("own"));
        await own.get(ownQueue, { noAck: true });

        const attempts: readonly Attempt[] = [
          ["configure", "queue", queue, (one) => one.assertQueue(queue)],
          ["configure", "queue", queue, (one) => one.deleteQueue(queue)],
          ["configure", "exchange", exchange, (one) => one.assertExchange(exchange, "direct")],
          ["configure", "exchange", exchange, (one) => one.deleteExchange(exchange)],
          ["write", "exchange", exchange, (one) => one.publish(exchange, "key", Buffer.alloc(0))],
          ["write", "exchange", "amq.default", (one) => one.sendToQueue(ownQueue, Buffer.alloc(0))],
          ["write", "queue", queue, (one) => one.bindQueue(queue, ownExchange, "key")],
          ["read", "exchange", exchange, (one) => one.bindQueue(ownQueue, exchange, "key")],
          ["write", "exchange", exchange, (one) => one.bindExchange(exchange, ownExchange, "key")],
          ["read", "exchange", exchange, (one) => one.bindExchange(ownExchange, exchange, "key")],
          ["read", "queue", queue, (one) => one.get(queue)],
          ["read", "queue", queue, (one) => one.consume(queue, () => {})],
          ["read", "queue", queue, (one) => one.purgeQueue(queue)],
        ];
        for (const [right, kind, name, act] of attempts) {
          const one = await user.client.channel();
          const error = await refusal(user.client, () => act(one));
          expectRefused(error, right, `${kind} '${name}' in vhost '${virtualHostOf(context)}'`, user.name);
        }
      },
    },
    {
      title: "needs write for the alternate exchange of a declaration",
      async run(context) {
        const { channel } = await open(context);
        const exchange = await declareExchange(context, channel, "fanout");
        const prefix = context.uniqueName("mine");
        const user = await limitedUser(context, `^${prefix}`);
        const name = context.uniqueName(prefix);
        const own = await user.client.channel();
        const act = () => own.assertExchange(name, "direct", { alternateExchange: exchange });
        const error = await refusal(user.client, act);
        expectRefused(error, "write", `exchange '${exchange}' in vhost '${virtualHostOf(context)}'`, user.name);
      },
    },
    {
      title: "needs any of the three permissions for a passive declaration from 4.2.7 and 4.3.1 on, and none before",
      async run(context) {
        const { channel } = await open(context);
        const prefix = context.uniqueName("mine");
        const queue = await declareQueue(context, channel);
        const exchange = await declareExchange(context, channel, "direct");
        const [ownQueue, ownExchange] = [context.uniqueName(prefix), context.uniqueName(prefix)];
        await channel.assertQueue(ownQueue);
        await channel.assertExchange(ownExchange, "direct");
        for (const right of ["write"] as const) {
          const user = await limitedUser(context, `^${prefix}`, [right]);
          const own = await user.client.channel();
          await own.checkQueue(ownQueue);
          await own.checkExchange(ownExchange);
          for (const [kind, name] of [["queue", queue] as const, ["exchange", exchange] as const]) {
            const one = await user.client.channel();
            const check = () => (kind === "queue" ? one.checkQueue(name) : one.checkExchange(name));
            if (!isAtLeast(context.broker, 4, 2)) await check();
            else {
              const where = `${kind} '${name}' in vhost '${virtualHostOf(context)}'`;
              expectRefused(await refusal(user.client, check), "configure", where, user.name);
            }
          }
        }
      },
    },
  ],
};

interface LimitedUser {
  readonly name: string;
  readonly client: ForeignClient;
}

const everyRight = ["configure", "write", "read"] as const;

/** A connection of a user whose rights, all three or these, reach as far as this pattern. */
async function limitedUser(
  context: CaseContext,
  pattern: string,
  rights: readonly (typeof everyRight)[number][] = everyRight,
): Promise<LimitedUser> {
  const name = context.uniqueName("user");
  await context.broker.addUser({ name, password: "secret" });
  await context.broker.setPermissions(name, {
    configure: rights.includes("configure") ? pattern : "",
    write: rights.includes("write") ? pattern : "",
    read: rights.includes("read") ? pattern : "",
  });
  const url = new URL(context.url);
  url.username = name;
  url.password = "secret";
  return { name, client: await context.connect({ url: url.href }) };
}

function expectRefused(error: unknown, right: string, what: string, user: string): void {
  expect(error).toMatchObject({ scope: "channel", code: 403 });
  const { text } = error as { readonly text: string };
  // Later releases name the right.
  const told = text.replace(`ACCESS_REFUSED - ${right} access`, "ACCESS_REFUSED - access");
  expect(told).toBe(`ACCESS_REFUSED - access to ${what} refused for user '${user}'`);
}
