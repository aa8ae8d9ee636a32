// The embedded broker under the suite: an operator's work by its methods.
import { type Broker, startBroker } from "../../src/amqp-broker/broker.ts";
import type { BrokerVersion } from "../../src/amqp-broker/profile.ts";
import type { BrokerUnderTest, VirtualHostUnderTest } from "./broker-under-test.ts";
import type { BrokerAdmin } from "./conformance-case.ts";

/** One broker in this process for the whole suite. */
export async function startEmbedded(release: BrokerVersion): Promise<BrokerUnderTest> {
  const broker = await startBroker({ version: release });
  return {
    kind: "embedded",
    version: broker.version,
    async addVirtualHosts(names) {
      for (const name of names) broker.addVirtualHost(name);
      return names.map((name) => virtualHost(broker, name));
    },
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}

function virtualHost(broker: Broker, name: string): VirtualHostUnderTest {
  const admin: BrokerAdmin = {
    kind: "embedded",
    version: broker.version,
    closeConnections: async (reason) => void broker.closeConnections(reason, name),
    setAlarm: async (on) => broker.setAlarm(on ? "low on memory" : undefined),
    setDefaultQueueType: async (defaultQueueType) => broker.addVirtualHost(name, { defaultQueueType }),
    addUser: async (user) => {
      broker.addUser(user);
      // As in RabbitMQ: a new user has no right to any virtual host.
      broker.setPermissions(user.name, name, undefined);
    },
    removeUser: async (user) => broker.removeUser(user),
    setPermissions: async (user, permissions) => broker.setPermissions(user, name, permissions),
    clearPermissions: async (user) => broker.setPermissions(user, name, undefined),
  };
  return { url: broker.virtualHostUrl(name), admin };
}
