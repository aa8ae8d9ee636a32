// A RabbitMQ under the suite: an operator's work by rabbitmqctl.
import { type RabbitMqNode, startRabbitMq } from "../../scripts/rabbitmq.ts";
import type { BrokerUnderTest, VirtualHostUnderTest } from "./broker-under-test.ts";
import type { BrokerAdmin } from "./conformance-case.ts";

/** Starts a separate node: the suite's alarms would hold the publishes of all other tests. */
export async function useRabbitMq(): Promise<BrokerUnderTest> {
  const node = await startRabbitMq({ name: "conformance" });
  const version = JSON.parse(await node.ctl("eval", "rabbit_misc:version().")) as string;
  return {
    kind: "rabbitmq",
    version,
    async addVirtualHosts(names) {
      await node.ctl("eval", addVirtualHosts(names));
      return names.map((name) => virtualHost(node, name, version));
    },
    [Symbol.asyncDispose]: () => node.stop(),
  };
}

const actor = '<<"conformance">>';

/** One term for all of them: each rabbitmqctl takes half a second to start. */
function addVirtualHosts(names: readonly string[]): string {
  const grant = `rabbit_auth_backend_internal:set_permissions(<<"guest">>, V, <<".*">>, <<".*">>, <<".*">>, ${actor})`;
  return `[begin ok = rabbit_vhost:add(V, ${actor}), ${grant} end || V <- ${binaries(names)}].`;
}

/** A list of binaries in Erlang; the suite's names need no escapes. */
function binaries(names: readonly string[]): string {
  return `[${names.map((name) => `<<"${name}">>`).join(", ")}]`;
}

function virtualHost(node: RabbitMqNode, name: string, version: string): VirtualHostUnderTest {
  const admin: BrokerAdmin = {
    kind: "rabbitmq",
    version,
    async closeConnections(reason) {
      await node.ctl("close_all_connections", "--vhost", name, reason);
    },
    async setAlarm(on) {
      const resource = "{resource_limit, disk, node()}";
      await node.ctl(
        "eval",
        on ? `rabbit_alarm:set_alarm({${resource}, []}).` : `rabbit_alarm:clear_alarm(${resource}).`,
      );
    },
    async setDefaultQueueType(type) {
      await node.ctl("update_vhost_metadata", name, "--default-queue-type", type);
    },
    async addUser(user) {
      await node.ctl("add_user", user.name, user.password);
    },
    async removeUser(user) {
      await node.ctl("delete_user", user);
    },
    async setPermissions(user, { configure, write, read }) {
      await node.ctl("set_permissions", "-p", name, user, configure, write, read);
    },
    async clearPermissions(user) {
      await node.ctl("clear_permissions", "-p", name, user);
    },
  };
  return { url: `${node.url}/${encodeURIComponent(name)}`, admin };
}
