// The commands that `tomodachi topology --format commands` prints, run by a shell with rabbitmqadmin v2 against a RabbitMQ.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { findRelease, startRabbitMq } from "../../scripts/rabbitmq.ts";
import { freePorts } from "../../scripts/rabbitmq-settings.ts";
import { cacheFolder } from "../../scripts/rabbitmq-versions.ts";
import { amqp, Service } from "../../src/index.ts";
import { createSilentLogger } from "../../src/log/logger.ts";
import {
  exportTopology,
  permissionCommands,
  topologyCommands,
  virtualHostsOf,
} from "../../src/topology-export/index.ts";
import { connectForeign } from "../support/broker.ts";
import { start } from "../support/running.ts";

const run = promisify(execFile);

/** Debian carries rabbitmqadmin v2 with RabbitMQ 4.3. */
const root = join(cacheFolder(), "4.3", "root");
/** With the libraries that it was built for, and the certificates of this machine, without which it makes no HTTP client. */
const adminCommand = `${root}/lib64/ld-linux-x86-64.so.2 --library-path ${root}/usr/lib/x86_64-linux-gnu ${root}/usr/bin/rabbitmqadmin`;
const hasAdmin = findRelease("4.3") !== undefined && existsSync(join(root, "usr/bin/rabbitmqadmin"));

/** It begins as an option does, and has what a shell, JSON and a URL act on. */
const oddName = '-it\'s \\now "paid" $(id) `id` $HOME ü/%2F';

function shopOn(url: string, declare: false | true, topology: "reliable" | "python") {
  return class Shop extends Service {
    name = "shop";
    override options = {
      amqp: { url, declare, topology, exchangeName: "it's a shop", retry: { delays: ["5s"] as const } },
    };

    @amqp("order.*.paid", { queueName: oddName })
    async onPaid() {}
  };
}

(hasAdmin ? describe : describe.skip)("the commands for a shell", () => {
  it.each(["reliable", "python"] as const)(
    "make what a service needs: topology %s",
    { timeout: 240_000 },
    async (profile) => {
      const [port = 0] = await freePorts(1);
      await using node = await startRabbitMq({
        version: "4.3",
        plugins: ["rabbitmq_management"],
        config: ["management.tcp.ip = 127.0.0.1", `management.tcp.port = ${port}`],
      });
      const folder = mkdtempSync(join(tmpdir(), "tomodachi-admin-"));
      try {
        const admin = join(folder, "rabbitmqadmin");
        writeFileSync(admin, `#!/bin/sh\nexec ${adminCommand} "$@"\n`);
        writeFileSync(
          join(folder, "rabbitmqctl"),
          `#!/bin/sh\nexec ${node.access.ctlProgram} -n ${node.nodeName} "$@"\n`,
        );
        for (const program of ["rabbitmqadmin", "rabbitmqctl"]) chmodSync(join(folder, program), 0o755);
        const Shop = shopOn(node.url, false, profile);
        const given = { environment: {}, publishesTo: [] };
        const hosts = virtualHostsOf(exportTopology(new Shop(), given, createSilentLogger()));
        const script = [...topologyCommands(hosts), ...permissionCommands(hosts, "run", "shop")].join("\n");
        await node.ctl("add_user", "shop", "secret");
        await run("/bin/sh", ["-c", script], {
          env: {
            ...node.access.environment,
            PATH: `${folder}:${process.env["PATH"]}`,
            RABBITMQADMIN_BASE_URI: `http://127.0.0.1:${port}/api`,
            RABBITMQADMIN_USERNAME: "guest",
            RABBITMQADMIN_PASSWORD: "guest",
          },
        });
        await using running = await start(shopOn(node.url.replace("guest:guest", "shop:secret"), false, profile));
        await running.stop();
        // Nothing differs from what the service would declare itself.
        await using again = await start(shopOn(node.url, true, profile));
        expect(again.log.filter(({ level }) => level >= 40).map(({ msg }) => msg)).toEqual([]);
        await using foreign = await connectForeign(node.url);
        expect(await foreign.queueInfo(`${oddName}.dlq`)).toBeDefined();
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
