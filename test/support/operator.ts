// What an operator does to the broker of a run: rabbitmqctl on a private RabbitMQ, methods of the embedded broker.

import type { RabbitMqAccess } from "../../scripts/rabbitmq.ts";
import { runCtl } from "../../scripts/rabbitmq-ctl.ts";
import type { Broker } from "../../src/amqp-broker/broker.ts";

export interface ListedQueue {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface HeldMessages {
  readonly name: string;
  readonly unacknowledged: number;
}

/** Regular expressions over names. */
export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** The virtual host is "/" by default. */
export interface Operator {
  addVirtualHost(name: string): Promise<void>;
  removeVirtualHost(name: string): Promise<void>;
  /** One more login, who may do everything in "/". */
  addUser(name: string, password: string): Promise<void>;
  removeUser(name: string): Promise<void>;
  listVirtualHosts(): Promise<readonly string[]>;
  listQueues(virtualHost?: string): Promise<readonly ListedQueue[]>;
  /** Queues with messages that a consumer holds. The embedded broker lists those of all virtual hosts, RabbitMQ those of "/". */
  listUnacknowledged(): Promise<readonly HeldMessages[]>;
  /** Those of one virtual host: in "/" other tests run. */
  closeConnections(reason: string, virtualHost: string): Promise<void>;
  /** Closes every connection whose client called itself by this name. Fails without such a connection. */
  closeConnectionsOf(clientName: string): Promise<void>;
  /** Of the user guest, where no other is named. */
  setPermissions(virtualHost: string, permissions: Permissions, user?: string): Promise<void>;
}

/** rabbitmqctl prints arguments as [name, type, value]. */
interface RawQueue extends Omit<ListedQueue, "arguments"> {
  readonly arguments: readonly (readonly [string, string, unknown])[];
}

interface RawHeld {
  readonly name: string;
  readonly messages_unacknowledged: unknown;
}

const everything: Permissions = { configure: ".*", write: ".*", read: ".*" };

export function rabbitMqOperator(access: RabbitMqAccess): Operator {
  const ctl = (...words: readonly string[]): Promise<string> => runCtl(access, ...words);
  const setPermissions: Operator["setPermissions"] = async (host, { configure, write, read }, user = "guest") => {
    await ctl("set_permissions", "-p", host, user, configure, write, read);
  };
  return {
    setPermissions,
    addVirtualHost: async (name) => void (await ctl("eval", addingVirtualHost(name))),
    removeVirtualHost: async (name) => void (await ctl("delete_vhost", name)),
    async addUser(name, password) {
      await ctl("add_user", name, password);
      await ctl("set_permissions", "-p", "/", name, ".*", ".*", ".*");
    },
    removeUser: async (name) => void (await ctl("delete_user", name)),
    listVirtualHosts: async () => (await ctl("list_vhosts", "name")).split("\n"),
    async listQueues(virtualHost = "/") {
      const columns = ["name", "type", "durable", "arguments"];
      const raw = JSON.parse(
        await ctl("list_queues", "-p", virtualHost, "--formatter", "json", ...columns),
      ) as RawQueue[];
      return raw.map((queue) => ({
        ...queue,
        arguments: Object.fromEntries(queue.arguments.map(([name, , value]) => [name, value])),
      }));
    },
    async listUnacknowledged() {
      const columns = ["name", "messages_unacknowledged"];
      const listed = JSON.parse(await ctl("list_queues", "--formatter", "json", ...columns)) as RawHeld[];
      // A queue that is about to go has no figures.
      return listed.flatMap(({ name, messages_unacknowledged: held }) =>
        typeof held === "number" && held > 0 ? [{ name, unacknowledged: held }] : [],
      );
    },
    async closeConnections(reason, virtualHost) {
      await ctl("close_all_connections", "--vhost", virtualHost, reason);
    },
    async closeConnectionsOf(clientName) {
      const closed = await ctl("eval", closingConnectionsOf(clientName));
      if (closed === "0") throw new Error(`the broker knows no connection of "${clientName}"`);
    },
  };
}

// Terms for `rabbitmqctl eval`: one call in place of several, each of which takes a second, and many on a busy machine.

function addingVirtualHost(name: string): string {
  const host = binary(name);
  const everything = `<<".*">>, <<".*">>, <<".*">>`;
  return `ok = rabbit_vhost:add(${host}, <<"test">>), rabbit_auth_backend_internal:set_permissions(<<"guest">>, ${host}, ${everything}, <<"test">>).`;
}

/** Answers with how many there were. */
function closingConnectionsOf(clientName: string): string {
  const known = "[{pid, P}, {client_properties, C}] <- rabbit_networking:connection_info_all([pid, client_properties])";
  const named = `[] =/= [V || {<<"connection_name">>, longstr, V} <- C, binary:match(V, ${binary(clientName)}) =/= nomatch]`;
  return `length([rabbit_networking:close_connection(P, "closed by a test") || ${known}, is_list(C), ${named}]).`;
}

/** Names of tests need no escapes. */
function binary(text: string): string {
  return `<<"${text}">>`;
}

export function embeddedOperator(broker: Broker): Operator {
  return {
    addVirtualHost: async (name) => broker.addVirtualHost(name),
    removeVirtualHost: async (name) => broker.removeVirtualHost(name),
    async addUser(name, password) {
      broker.addUser({ name, password });
      broker.setPermissions(name, "/", everything);
    },
    removeUser: async (name) => broker.removeUser(name),
    listVirtualHosts: async () => [...new Set(broker.overview().exchanges.map(({ virtualHost }) => virtualHost))],
    listQueues: async (virtualHost = "/") =>
      broker
        .overview()
        .queues.filter((queue) => queue.virtualHost === virtualHost)
        .map(({ name, type, durable, arguments: given }) => ({ name, type, durable, arguments: given })),
    listUnacknowledged: async () => broker.overview().queues.filter(({ unacknowledged }) => unacknowledged > 0),
    closeConnections: async (reason, virtualHost) => void broker.closeConnections(reason, virtualHost),
    async closeConnectionsOf(clientName) {
      const closed = broker.closeConnections("closed by a test", { name: clientName });
      if (closed === 0) throw new Error(`the broker knows no connection of "${clientName}"`);
    },
    setPermissions: async (virtualHost, permissions, user = "guest") =>
      broker.setPermissions(user, virtualHost, permissions),
  };
}
