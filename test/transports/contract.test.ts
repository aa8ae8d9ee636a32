// Every transport, run through the one contract: the package's own, and the one of examples/own-transport.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { amqp, amqpTransport, defineOptions, http, httpTransport, schedule, scheduleTransport } from "tomodachi";
import { createVirtualClock } from "tomodachi/testing";
import { file } from "../../examples/own-transport/file.ts";
import { fileTransport } from "../../examples/own-transport/file-transport.ts";
import { amqpUrl, describeWithBroker } from "../support/broker.ts";
import { describeTransportContract } from "../support/transport-contract.ts";

describeWithBroker("on a broker,", () => {
  describeTransportContract({
    name: "amqp",
    features: { messageMiddleware: true, pause: true },
    async open() {
      return {
        definition: amqpTransport,
        url: amqpUrl,
        options: defineOptions({ amqp: { prefetch: 5 } }),
        wrongOptions: { amqp: { prefetch: 0 } },
        trigger: () => amqp("work") as never,
        wrongTrigger: () => amqp("work", { concurrency: 0 }) as never,
        cause: (app) => app.publish("some work", { routingKey: "work" }),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
});

describeTransportContract({
  name: "schedule",
  features: { messageMiddleware: false, pause: true },
  async open() {
    const clock = createVirtualClock();
    return {
      definition: scheduleTransport,
      clock,
      options: defineOptions({ schedule: { timezone: "Europe/Stockholm" } }),
      wrongOptions: { schedule: { timezone: "Mars/Olympus" } },
      trigger: () => schedule({ every: "1s" }) as never,
      wrongTrigger: () => schedule({ cron: "61 * * * *" }) as never,
      cause: () => clock.advance("1s"),
      [Symbol.asyncDispose]: async () => {},
    };
  },
});

describeWithBroker("on a broker,", () => {
  describeTransportContract({
    name: "schedule, once for all instances",
    features: { messageMiddleware: false, pause: true },
    async open() {
      const clock = createVirtualClock();
      return {
        definition: scheduleTransport,
        url: amqpUrl,
        clock,
        options: defineOptions({ schedule: { timezone: "Europe/Stockholm" } }),
        wrongOptions: { schedule: { timezone: "Mars/Olympus" } },
        trigger: () => schedule({ every: "1s", once: "cluster" }) as never,
        wrongTrigger: () => schedule({ every: "1s", once: "cluster", name: "not a name" }) as never,
        cause: () => clock.advance("1s"),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
});

describeTransportContract({
  name: "http",
  features: { messageMiddleware: false, pause: true },
  async open() {
    return {
      definition: httpTransport,
      options: defineOptions({ http: { port: 9700, prefix: "/api" } }),
      wrongOptions: { http: { port: -1 } },
      trigger: () => http("GET", "/work") as never,
      wrongTrigger: () => http("GET", "no path") as never,
      cause: async (app) => void (await app.http.get("/api/work")),
      [Symbol.asyncDispose]: async () => {},
    };
  },
});

describeTransportContract({
  name: "files",
  features: { messageMiddleware: true, pause: false },
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "tomodachi-files-"));
    let written = 0;
    return {
      definition: fileTransport,
      options: defineOptions({ files: { folder, pollMs: 5 } }),
      wrongOptions: { files: { folder: "", pollMs: 5 } },
      trigger: () => file(".txt") as never,
      wrongTrigger: () => file("") as never,
      cause: () => writeFile(join(folder, `${++written}.txt`), "some work"),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
});
