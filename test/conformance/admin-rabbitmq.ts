// The private RabbitMQ of the run under the suite: an operator's work by rabbitmqctl.
import { amqpUrl, ctl } from "../support/broker.ts";
import type { BrokerUnderTest, VirtualHostUnderTest } from "./broker-under-test.ts";
import type { BrokerAdmin } from "./conformance-case.ts";

/** Starts nothing: the run's global setup did. Only for a broker of the run's own. */
export async function useRabbitMq(): Promise<BrokerUnderTest> {
  const version = JSON.parse(await ctl("eval", "rabbit_misc:version().")) as string;
  const hosts: string[] = [];
  return {
    kind: "rabbitmq",
    version,
    async addVirtualHosts(names) {
      hosts.push(...names);
      await ctl("eval", addVirtualHosts(names));
      return names.map((name) => virtualHost(name, version));
    },
    async [Symbol.asyncDispose]() {
      if (hosts.length > 0) await ctl("eval", `[rabbit_vhost:delete(V, ${actor}) || V <- ${binaries(hosts)}].`);
    },
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

function virtualHost(name: string, version: string): VirtualHostUnderTest {
  const admin: BrokerAdmin = {
    kind: "rabbitmq",
    version,
    async closeConnections(reason) {
      await ctl("close_all_connections", "--vhost", name, reason);
    },
    async setAlarm(on) {
      // The disk's alarm: other tests of the run raise and end the one of memory on the same node.
      const resource = "{resource_limit, disk, node()}";
      await ctl("eval", on ? `rabbit_alarm:set_alarm({${resource}, []}).` : `rabbit_alarm:clear_alarm(${resource}).`);
    },
    async addUser(user) {
      await ctl("add_user", user.name, user.password);
    },
    async removeUser(user) {
      await ctl("delete_user", user);
    },
    async setPermissions(user, { configure, write, read }) {
      await ctl("set_permissions", "-p", name, user, configure, write, read);
    },
    async clearPermissions(user) {
      await ctl("clear_permissions", "-p", name, user);
    },
  };
  return { url: `${amqpUrl}/${encodeURIComponent(name)}`, admin };
}
