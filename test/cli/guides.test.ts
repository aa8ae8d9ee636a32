// The guides of the command line: every line that they show is typed into a shell, and what they print is what is written.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/amqp-broker/broker.ts";
import {
  connectForeign,
  createVirtualHost,
  describeWithPrivateBroker,
  operator,
  uniqueName,
  until,
} from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { guideProject, hasJq, typeAll, typeUntil } from "./guide-project.ts";
import { blocksOf, comparable, GuideShell } from "./guide-shell.ts";

const project = guideProject();

let broker: Broker;
let shell: GuideShell;
beforeEach(async () => {
  broker = await startBroker();
  shell = new GuideShell({
    folder: project.folder,
    environment: {
      TOMODACHI_AMQP_URL: broker.url,
      TOMODACHI_BROKER_PORT: String(await freePort()),
      HOME: project.folder,
    },
    addresses: {
      "amqp://username:password@rabbitmq.internal/vhost": broker.url,
      "amqp://orders:secret@rabbitmq.internal/shop": broker.url,
      "amqp://guest:guest@127.0.0.1:5672": broker.url,
      "amqp://production.internal": broker.url,
      "amqp://127.0.0.1": broker.url,
      "http://127.0.0.1:9090": `http://127.0.0.1:${await freePort()}`,
    },
  });
});
afterEach(async () => void (await broker.stop()));
afterAll(() => project.remove());

async function declareOrders(): Promise<void> {
  await typeUntil(shell, "tomodachi run service/", "Ready.");
}

describe("the guide for troubleshooting", () => {
  it("shows commands that answer its question", { timeout: 120_000 }, async () => {
    await declareOrders();
    await typeAll(shell, "troubleshooting.md", {
      "tomodachi trace order.42.paid --service service/": [1, "The queue has no consumer"],
      "tomodachi doctor service/": [0, "The service would start"],
      "tomodachi describe service/": [0, "order.{id}.paid"],
    });
  });
});

describe("the guide for messages by hand", () => {
  it("shows commands that send and show messages", { timeout: 180_000 }, async () => {
    await declareOrders();
    await using foreign = await connectForeign(broker.url);
    const { queue } = await foreign.channel.assertQueue("", { exclusive: true });
    await foreign.channel.bindQueue(queue, "amq.topic", "#");
    await typeAll(shell, "messages-by-hand.md", {
      "tomodachi publish example.topic hello": [0, "1 of 1 message confirmed"],
      "tomodachi publish order.42.paid '{\"total\": 5}' --service service/": [0, "as orders.onPaid reads it"],
      "tomodachi publish order.paid @order.json --envelope json-base --header tenant=acme": [
        0,
        "1 of 1 message confirmed",
      ],
      "tomodachi tail 'order.#'": "elsewhere",
      "tomodachi tail --service service/": "elsewhere",
      "tomodachi tail '#' --filter data.tenant=acme --filter routingKey~paid": "elsewhere",
      "tomodachi tail '#' --json --count 100 | jq .data": "elsewhere",
    });
  });

  it("shows what publish and tail print", { timeout: 120_000 }, async () => {
    await declareOrders();
    const [publishShown = "", tailShown = ""] = blocksOf("messages-by-hand.md", "text");
    const tail = shell.start("tomodachi tail --service service/ --count 2 2>&1");
    await tail.seen("Listening on");
    const { stdout: published } = await shell.run(
      "tomodachi publish order.42.paid '{\"total\": 5}' --service service/",
    );
    await shell.run('tomodachi publish order.43.paid \'{"total": "5"}\' --envelope json-base');
    const { stdout: tailed } = await tail.ended;
    expect(comparable(published)).toEqual(comparable(publishShown));
    expect(comparable(tailed)).toEqual(comparable(tailShown));
  });

  it("shows other ways to tail", { timeout: 120_000 }, async () => {
    const send = async (): Promise<void> => {
      await shell.run('tomodachi publish order.1.paid \'{"tenant": "acme"}\' --envelope json --lines');
      await shell.run('tomodachi publish order.2.sent \'{"tenant": "other"}\' --envelope json');
    };
    expect(await typeUntil(shell, "tomodachi tail 'order.#'", "Listening on", send)).toContain("order.2.sent");
    const filtered = "tomodachi tail '#' --filter data.tenant=acme --filter routingKey~paid";
    const some = await typeUntil(shell, filtered, "Listening on", send);
    expect([some.includes("order.1.paid"), some.includes("order.2.sent")]).toEqual([true, false]);
    if (!hasJq) return;
    const piped = shell.start("tomodachi tail '#' --json --count 100 | jq .data");
    await piped.seen("Listening on");
    await shell.run("tomodachi publish many.1 '{\"n\": 7}' --envelope json --count 100");
    const { code, stdout } = await piped.ended;
    expect([code, stdout.match(/"n": 7/g)?.length]).toEqual([0, 100]);
  });
});

describe("the guide of the command line", () => {
  it("shows commands that work", { timeout: 300_000 }, async () => {
    await declareOrders();
    await typeAll(shell, "command-line.md", {
      "tomodachi run service/": "elsewhere",
      "tomodachi run orders.ts shipping.ts --log-level debug": "elsewhere",
      "tomodachi run dist/service --production": "elsewhere",
      "TOMODACHI_AMQP_URL=amqp://username:password@rabbitmq.internal/vhost tomodachi run service/": "elsewhere",
      "tomodachi tail 'order.#'": "elsewhere",
      "tomodachi broker": "elsewhere",
      "tomodachi new orders --template contracts": [0, "orders"],
      "tomodachi publish order.paid '{\"id\": 1}' --service service/": [
        1,
        "No handler of these services gets order.paid",
      ],
      "tomodachi config service/": [0, "options.amqp.prefetch"],
      "tomodachi record service/ --dead-letters": [1, "There is no such message in these queues."],
      "tomodachi describe service/": [0, "orders-paid"],
      "tomodachi doctor service/": [0, "The service would start"],
      "tomodachi dlq list service/": [0, "orders-paid.dlq"],
      "tomodachi topology service/": [0, "orders-paid"],
      "tomodachi schedule list service/": [0, "bill"],
      "tomodachi trace order.42.paid --service service/": [1, "The queue has no consumer"],
      'eval "$(tomodachi completion bash)"': "elsewhere",
      'eval "$(tomodachi completion zsh)"': "elsewhere",
      "tomodachi completion fish > ~/.config/fish/completions/tomodachi.fish": "elsewhere",
      "tomodachi describe examples/hello-world/service/": "elsewhere",
      "tomodachi doctor service/ --broker amqp://orders:secret@rabbitmq.internal/shop": [0, "The service would start"],
      "tomodachi doctor service/ --target 4.3": [0, "Upgrade to RabbitMQ 4.3"],
      "tomodachi doctor --broker amqp://guest:guest@127.0.0.1:5672": [0, "The broker can be used."],
      "tomodachi trace order.42.paid --service service/ --operations http://127.0.0.1:9090": [1, "does not answer"],
      "tomodachi trace order.42.paid --service orders.ts --service shipping.ts --exchange shop": [
        1,
        'The exchange "shop" does not exist',
      ],
    });
  });

  it("shows runs that start, and stop at Ctrl+C", { timeout: 180_000 }, async () => {
    await typeUntil(shell, "tomodachi run orders.ts shipping.ts --log-level debug", "Ready.");
    await typeUntil(
      shell,
      "TOMODACHI_AMQP_URL=amqp://username:password@rabbitmq.internal/vhost tomodachi run service/",
      "Ready.",
    );
    await typeUntil(shell, "tomodachi run dist/service --production", "service started");
    expect(await typeUntil(shell, "tomodachi broker", "listens on")).toContain(
      "Ctrl+C ends it and deletes all messages.",
    );
  });

  it("shows what describe prints, to the letter", async () => {
    const shown = blocksOf("command-line.md", "text").find((block) => block.startsWith("visitor"));
    const { stdout } = await new GuideShell({ folder: project.folder, environment: {}, addresses: {} }).run(
      "tomodachi describe examples/hello-world/service/",
    );
    expect(stdout).toBe(shown);
  });

  it("shows lines of what config prints", async () => {
    const [shown = ""] = blocksOf("command-line.md", "text");
    project.write({ ".env": "TOMODACHI_AMQP_USERNAME=shop\nTOMODACHI_AMQP_PASSWORD=secret\n" });
    const { stdout } = await new GuideShell({
      folder: project.folder,
      environment: { TOMODACHI_AMQP_HOST: "rabbit.internal" },
      addresses: {},
    }).run("tomodachi config service/ --operations-port 9464");
    rmSync(join(project.folder, ".env"));
    const written = comparable(stdout);
    let at = -1;
    for (const line of comparable(shown)) {
      const found = written.indexOf(line, at + 1);
      expect(found, `"${line}" after line ${at} of\n${stdout}`).toBeGreaterThan(at);
      at = found;
    }
  });

  it("shows scripts that the shells take", async () => {
    const fish = await shell.run(
      "mkdir -p ~/.config/fish/completions && tomodachi completion fish > ~/.config/fish/completions/tomodachi.fish && cat ~/.config/fish/completions/tomodachi.fish",
    );
    expect([fish.code, fish.stdout.includes("complete -c tomodachi")]).toEqual([0, true]);
    const bash = await shell.run(`bash -c 'eval "$(tomodachi completion bash)"; complete -p tomodachi'`);
    expect(bash.stdout).toContain("-F _tomodachi tomodachi");
    expect((await shell.run("tomodachi completion zsh")).stdout).toContain("compdef _tomodachi tomodachi");
  });

  it("shows what trace prints of a paused consumer", { timeout: 120_000 }, async () => {
    const port = await freePort();
    const own = new GuideShell({
      folder: join(project.folder, "traced"),
      environment: {
        TOMODACHI_AMQP_URL: broker.url,
        TOMODACHI_OPERATIONS_PORT: String(port),
        TOMODACHI_OPERATIONS_TOKEN: "a-token-of-the-test",
      },
      addresses: {},
    });
    const running = own.start("tomodachi run service/");
    await running.seen("Ready.");
    await fetch(`http://127.0.0.1:${port}/pause`, {
      method: "POST",
      headers: { authorization: "Bearer a-token-of-the-test" },
    });
    await using foreign = await connectForeign(broker.url);
    for (let count = 0; count < 17; count++) await foreign.publish("shop", "prod.order.1.paid", "{}");
    await until(async () => (await foreign.queueInfo("orders-paid"))?.messageCount === 17, { what: "17 messages" });
    const { code, stdout } = await own.run("tomodachi trace order.42.paid --service service/");
    running.interrupt();
    await running.ended;
    const shown = blocksOf("command-line.md", "text").find((block) => block.startsWith('"order.42.paid" published'));
    expect(comparable(stdout)).toEqual(comparable(shown ?? ""));
    expect(code).toBe(1);
  });
});

describe("the guide of dead letters", () => {
  it("shows commands that work, and what list prints", { timeout: 300_000 }, async () => {
    const running = shell.start("tomodachi run service/");
    await running.seen("Ready.");
    for (const total of [1, 1, 2]) {
      await shell.run(`tomodachi publish order.42.paid '{"total": ${total}}' --service service/`);
    }
    await using foreign = await connectForeign(broker.url);
    await until(async () => (await foreign.queueInfo("orders-paid.dlq"))?.messageCount === 3, { what: "dead letters" });
    running.interrupt();
    await running.ended;
    await foreign.channel.assertQueue("orders-by-hand", { durable: true });

    const [shown = ""] = blocksOf("dead-letters.md", "text");
    const { stdout } = await shell.run("tomodachi dlq list service/");
    const withoutCounts = (text: string) =>
      comparable(text).map((line) => line.replace(/^\s+\d+ /, "  N ").replace(/\b\d+ messages/, "N messages"));
    expect(withoutCounts(stdout)).toEqual(withoutCounts(shown.replace("$ tomodachi dlq list service/\n", "")));

    const exported = "tomodachi dlq export service/ --output dead.ndjson";
    const deadLetter = () => foreign.publish("", "orders-paid.dlq", "{}", { persistent: true });
    await typeAll(
      shell,
      "dead-letters.md",
      {
        "tomodachi dlq list service/": [0, "TypeError"],
        "tomodachi dlq show service/ --queue orders-paid --limit 3": [0, "ECONNREFUSED"],
        "tomodachi dlq replay service/ --queue orders-paid --error TypeError --rate 20/s": [0, "1 replayed"],
        "tomodachi dlq move --queue orders-paid --to orders-by-hand": [0, "2 moved"],
        "tomodachi dlq purge --queue orders-paid --older-than 30d": [0, ""],
        "tomodachi dlq export service/ --output dead.ndjson": [0, ""],
        "tomodachi dlq import dead.ndjson": [0, ""],
        "tomodachi dlq export --queue orders-paid --error TypeError --output dead.ndjson --broker amqp://production.internal":
          [2, "exists already"],
        "tomodachi dlq import dead.ndjson --broker amqp://127.0.0.1": [0, ""],
      },
      { [exported]: async () => void (await deadLetter()) },
    );
  });
});

describeWithPrivateBroker("the guide of the command line, on a RabbitMQ", () => {
  it("shows what doctor prints", { timeout: 120_000 }, async () => {
    await using host = await createVirtualHost();
    await using foreign = await connectForeign(host.url);
    await foreign.channel.assertQueue("orders-paid", { durable: true, arguments: { "x-queue-type": "classic" } });
    const login = uniqueName("orders");
    await operator().addUser(login, "secret");
    await operator().setPermissions(host.name, { configure: ".*", write: "^(?!amq\\.default$).*", read: ".*" }, login);
    const url = new URL(host.url);
    url.username = login;
    url.password = "secret";
    const own = new GuideShell({ folder: project.folder, environment: {}, addresses: {} });
    const { stdout, stderr } = await own.run(`tomodachi doctor service/ --broker ${url.href} --management none`);
    expect(stderr).toBe("");
    const shown = blocksOf("command-line.md", "text").find(
      (block) => block.includes("PROBLEM") || block.includes("Clock"),
    );
    const same = (text: string) =>
      comparable(text.replaceAll(login, "orders"))
        .map((line) =>
          line
            .replace(/RabbitMQ \d+\.\d+\.\d+/g, "RabbitMQ VERSION")
            .replace(/cluster "[^"]*"/, 'cluster "NAME"')
            .replace(/\(ACCESS_REFUSED .*\)/, "(ACCESS_REFUSED ...)"),
        )
        .join("\n")
        // What is said of a release is that of the release.
        .replace(/ {2}Version\n[\s\S]*?\n\n/, "");
    expect(same(stdout)).toBe(same(shown ?? ""));
  });
});
