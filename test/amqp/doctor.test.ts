// The doctor on a broker: it reports what a start then meets, and changes nothing on the broker.
import { expect, it } from "vitest";
import { type Diagnosis, examine, plannedAddresses, problemsIn } from "../../src/doctor/index.ts";
import { amqp, defineOptions, Service, type ServiceClass, type ServiceOptions } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import { exportTopology, virtualHostsOf } from "../../src/topology-export/index.ts";
import { loginPermissions } from "../../src/topology-export/virtual-host.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  type VirtualHost,
} from "../support/broker.ts";
import { failureOf, start } from "../support/running.ts";

type AmqpOptions = NonNullable<ServiceOptions["amqp"]>;

function shopOn(url: string, given: Partial<AmqpOptions> = {}): ServiceClass {
  return class Shop extends Service {
    name = "shop";
    override options = defineOptions({
      amqp: { url, exchangeName: "shop", retry: { delays: ["5s"] }, ...given },
    });

    @amqp("order.*.paid", { queueName: "paid" })
    async onPaid() {}

    @amqp("news.#", { competing: false, retry: false, declare: { queue: true } })
    async onNews() {}
  };
}

async function doctorOf(Shop: ServiceClass, target?: string): Promise<Diagnosis> {
  const logger = createSilentLogger();
  const [examined] = plannedAddresses([new Shop()], {}, logger);
  if (!examined) throw new Error("the service uses no broker");
  return examine(examined, { management: "none", target, logger });
}

/** `problem: The queue ...`, a line each; without what is known of the broker's release. */
function badLines(diagnosis: Diagnosis): readonly string[] {
  return diagnosis.sections.flatMap(({ title, findings }) =>
    (title === "Version" ? [] : findings).flatMap(({ severity, says }) =>
      severity === "ok" || severity === "info" ? [] : [`${severity}: ${says}`],
    ),
  );
}

function lines(diagnosis: Diagnosis): string {
  return diagnosis.sections.flatMap(({ findings }) => findings.map(({ says }) => says)).join("\n");
}

interface Rights {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** A login of the virtual host with exactly these permissions; returns its URL. */
async function loginWith(host: VirtualHost, rights: Rights): Promise<string> {
  const name = uniqueName("login");
  await operator().addUser(name, "secret");
  await operator().setPermissions(host.name, rights, name);
  const url = new URL(host.url);
  url.username = name;
  url.password = "secret";
  return url.href;
}

function rightsOf(Shop: ServiceClass): Rights {
  const given = { environment: {}, publishesTo: [] };
  const [host] = virtualHostsOf(exportTopology(new Shop(), given, createSilentLogger()));
  if (!host) throw new Error("the service uses no broker");
  return loginPermissions(host, "declare");
}

describeWithPrivateBroker("the doctor", () => {
  it("reports everything as missing on an empty virtual host, and creates nothing", async () => {
    await using host = await createVirtualHost();
    const diagnosis = await doctorOf(shopOn(host.url));
    expect(badLines(diagnosis)).toEqual([]);
    expect(lines(diagnosis)).toContain(
      "The start creates 4 exchanges and 4 queues: shop, shop.lost, shop.return, shop.retry.5s, paid, paid.dlq",
    );
    expect(diagnosis.broker?.product).toMatch(/RabbitMQ|tomodachi embedded broker/);
    expect(await operator().listQueues(host.name)).toEqual([]);
    await using foreign = await connectForeign(host.url);
    await expect(foreign.channel.checkExchange("shop")).rejects.toThrow("NOT_FOUND");
  });

  it("finds everything as declared after a start, and does not touch messages or consumers", async () => {
    await using host = await createVirtualHost();
    const Shop = shopOn(host.url);
    await using running = await start(Shop);
    await running.stop();
    await using foreign = await connectForeign(host.url);
    await foreign.publish("shop", "order.1.paid", "kept", { persistent: true });
    const diagnosis = await doctorOf(Shop);
    expect(badLines(diagnosis)).toEqual([]);
    expect(lines(diagnosis)).toContain("4 of 4 exchanges and 4 of 4 queues exist as the services declare them.");
    expect(await foreign.queueInfo("paid")).toEqual({ messageCount: 1, consumerCount: 0 });
    const message = await foreign.get("paid");
    expect([message?.content.toString(), message?.fields.redelivered]).toEqual(["kept", false]);
    // The binding exists too: the check of it removed nothing.
    await foreign.publish("shop", "order.2.paid", "bound", { persistent: true });
    expect((await foreign.get("paid"))?.content.toString()).toBe("bound");
  });

  it("names each argument of a queue that differs, and its effect at the start", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    await foreign.channel.assertQueue("paid", {
      durable: true,
      arguments: { "x-queue-type": "classic", "x-max-length": 5 },
    });
    const lenient = await doctorOf(shopOn(host.url));
    const [line = ""] = badLines(lenient);
    expect(line).toMatch(/^warning: The queue "paid" exists with /);
    expect(line).toContain('x-queue-type "classic" where the service declares "quorum"');
    expect(line).toContain("x-max-length 5 where the service declares not set");
    expect(line).toContain('x-dead-letter-routing-key not set where the service declares "paid.dlq"');
    expect(problemsIn([lenient])).toEqual([]);
    await using running = await start(shopOn(host.url));
    await running.stop();
    const strict = await doctorOf(shopOn(host.url, { strictTopology: true }));
    expect(problemsIn([strict])[0]?.says).toContain("strictTopology is set, so the start fails");
    expect((await failureOf(shopOn(host.url, { strictTopology: true }))).message).toContain('"paid"');
  });

  it("reports that a queue without singleActive, or an exchange of another type, fails the start", async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    const Single = shopOn(host.url, { singleActive: true });
    await foreign.channel.assertQueue("paid", { durable: true, arguments: { "x-queue-type": "quorum" } });
    await foreign.channel.assertExchange("shop", "direct", { durable: true });
    const problems = problemsIn([await doctorOf(Single)]).map(({ says }) => says);
    expect(problems).toEqual([
      expect.stringContaining(
        'The exchange "shop" exists with type "direct" where the service declares "topic". The start fails.',
      ),
      expect.stringContaining("The service needs singleActive, so the start fails."),
    ]);
    expect((await failureOf(Single)).message).toContain('"shop"');
  });

  it('reports that missing queues fail the start with declare: "verify", but not with false', async () => {
    await using host = await createVirtualHost();
    const declare = { exchange: "verify", queue: "verify" } as const;
    const Verifying = shopOn(host.url, { declare });
    const problems = problemsIn([await doctorOf(Verifying)]).map(({ says }) => says);
    expect(problems).toHaveLength(8);
    expect(problems).toContain(
      'The queue "paid" is missing, and the service only checks for it (declare: "verify"), so the start fails.',
    );
    expect((await failureOf(Verifying)).code).toBe("ERR_AMQP_TOPOLOGY_MISSING");
    const trusting = await doctorOf(shopOn(host.url, { declare: { exchange: false, queue: false } }));
    expect(problemsIn([trusting])).toEqual([]);
    expect(badLines(trusting)).toContain(
      'warning: The queue "paid" is missing, and the service does not declare it (declare: false).',
    );
  });

  it("finds nothing missing with the permissions that are printed for a declaring login", async () => {
    await using host = await createVirtualHost();
    const rights = rightsOf(shopOn(host.url));
    const Shop = shopOn(await loginWith(host, rights));
    expect(badLines(await doctorOf(Shop))).toEqual([]);
    await using running = await start(Shop);
    await running.stop();
    expect(badLines(await doctorOf(Shop))).toEqual([]);
  });

  it("names each permission that is missing, before and after a start", { timeout: 240_000 }, async () => {
    await using host = await createVirtualHost();
    const all = rightsOf(shopOn(host.url));
    const without = (right: keyof Rights, ...names: readonly string[]): string => {
      const patterns = all[right].slice(2, -2).split("|");
      const left = patterns.filter((pattern) => !names.includes(pattern));
      expect(left).toHaveLength(patterns.length - names.length);
      return `^(${left.join("|")})$`;
    };
    const poor = {
      configure: without("configure", "paid\\.dlq", "shop", "shop\\.lost\\.dlq"),
      write: without("write", "paid", "amq\\.default"),
      read: without("read", "paid", "shop\\.retry\\.[^.]+"),
    };
    const url = await loginWith(host, poor);
    const missing = [
      'not allowed to declare the queue "paid.dlq"',
      'not allowed to declare the exchange "shop"',
      'not allowed to declare the queue "shop.lost.dlq"',
      'not allowed to bind the queue "paid" to the exchange "shop"',
      'not allowed to bind the queue "shop.retry.5s" to the exchange "shop.retry.5s"',
      'not allowed to consume the queue "paid"',
      'not allowed to publish to the exchange "amq.default"',
    ];
    const before = badLines(await doctorOf(shopOn(url)));
    for (const text of missing) expect(before.join("\n")).toContain(text);
    expect(before.find((line) => line.includes("amq.default"))).toMatch(/^warning: /);
    expect(before.filter((line) => line.startsWith("problem: ")).length).toBeGreaterThanOrEqual(6);
    expect(before.join("\n")).not.toContain('declare the queue "paid"');
    await using running = await start(shopOn(host.url));
    await running.stop();
    const after = badLines(await doctorOf(shopOn(url))).join("\n");
    for (const text of missing) expect(after).toContain(text);
    await expect(failureOf(shopOn(url))).resolves.toMatchObject({ code: "ERR_AMQP_PERMISSION" });
  });

  it("says why there is no connection", async () => {
    await using host = await createVirtualHost();
    const url = new URL(host.url);
    url.password = "wrong";
    const refused = await doctorOf(shopOn(url.href));
    expect(refused.broker).toBeNull();
    expect(problemsIn([refused])[0]?.says).toContain("refused the user");
    url.password = "guest";
    url.pathname = "/nowhere";
    const [nowhere] = problemsIn([await doctorOf(shopOn(url.href))]);
    expect(nowhere?.says).toContain('did not open the virtual host "nowhere"');
  });

  it("lists the effects of an upgrade only on request", async () => {
    await using host = await createVirtualHost();
    const upgrade = (diagnosis: Diagnosis) => diagnosis.sections.find(({ title }) => title.startsWith("Upgrade"));
    const told = upgrade(await doctorOf(shopOn(host.url), "99.0"));
    expect(told?.title).toBe("Upgrade to RabbitMQ 99.0");
    expect(told?.findings.length).toBeGreaterThan(0);
    expect(upgrade(await doctorOf(shopOn(host.url)))).toBeUndefined();
  });
});
