// What one case is given, and the clearing up after it: connections, names, users, alarms.
import { type ChannelModel, connect } from "amqplib";
import { uniqueName, until } from "../support/broker.ts";
import type { VirtualHostUnderTest } from "./broker-under-test.ts";
import type { BrokerAdmin, CaseContext, ConnectOptions, ForeignClient } from "./conformance-case.ts";
import { connectForeignClient } from "./foreign-client.ts";

/** One run of one case. `end` cleans up after it, in any state. */
export class CaseRun implements CaseContext {
  readonly url: string;
  readonly broker: BrokerAdmin;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #names: string[] = [];
  readonly #users = new Set<string>();
  #alarm = false;

  constructor(host: VirtualHostUnderTest) {
    this.url = host.url;
    this.broker = this.#watched(host.admin);
  }

  uniqueName(prefix = "case"): string {
    const name = uniqueName(prefix);
    this.#names.push(name);
    return name;
  }

  async connect(options: ConnectOptions = {}): Promise<ForeignClient> {
    const client = await connectForeignClient(options.url ?? this.url, options.socketOptions);
    this.onEnd(() => client.close());
    return client;
  }

  onEnd(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Undoes what the case did to the broker. */
  async end(): Promise<void> {
    // First: no connection closes while the broker reads nothing from it.
    if (this.#alarm) await this.broker.setAlarm(false);
    for (const close of this.#closers.reverse()) await close();
    for (const user of this.#users) await this.broker.removeUser(user);
    if (this.#names.length > 0) await deleteNames(this.url, this.#names);
  }

  /** The same, noting what has to be undone. */
  #watched(admin: BrokerAdmin): BrokerAdmin {
    return {
      kind: admin.kind,
      version: admin.version,
      closeConnections: (reason) => admin.closeConnections(reason),
      setAlarm: (on) => {
        this.#alarm = on;
        return admin.setAlarm(on);
      },
      addUser: (user) => {
        this.#users.add(user.name);
        return admin.addUser(user);
      },
      removeUser: (name) => {
        this.#users.delete(name);
        return admin.removeUser(name);
      },
      setDefaultQueueType: (type) => admin.setDefaultQueueType(type),
      setPermissions: (user, permissions) => admin.setPermissions(user, permissions),
      clearPermissions: (user) => admin.clearPermissions(user),
    };
  }
}

/** Deletes the queues and exchanges of these names, where they are still there. */
async function deleteNames(url: string, names: readonly string[]): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  connection.on("error", () => {});
  // A broker may need some time to see that the connection of an exclusive queue is deleted.
  await until(() => deleted(connection, names), { what: "the names of the case to be free" });
  await connection.close();
}

/** False when one of the queues is still locked. */
async function deleted(connection: ChannelModel, names: readonly string[]): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on("error", () => {});
  const outcomes = await Promise.allSettled(
    names.flatMap((name) => [channel.deleteQueue(name), channel.deleteExchange(name)]),
  );
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (!failed) {
    await channel.close();
    return true;
  }
  const { code } = failed.reason as { readonly code?: unknown };
  if (code !== 405) throw failed.reason;
  return false;
}
