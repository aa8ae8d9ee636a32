/** Who may log in, and what each user may do: users and their permissions by virtual host, as RabbitMQ keeps them. */
import { replyCode } from "../amqp-wire/constants.ts";
import { BrokerError, channelError } from "./errors.ts";
import type { BrokerUser } from "./options.ts";
import { type BrokerProfile, profileOf } from "./profile.ts";

/** What a user may do in one virtual host: regular expressions for the names of exchanges and queues. An empty string allows nothing. */
export interface BrokerPermissions {
  /** Names that the user may declare and delete. */
  readonly configure: string;
  /** Names to which the user may publish, and which the user may bind. */
  readonly write: string;
  /** Names from which the user may consume, and to which the user may bind. */
  readonly read: string;
}

export type Right = keyof BrokerPermissions;

/** For one user in one virtual host. */
type Rights = Readonly<Record<Right, RegExp>>;

export class Access {
  readonly #passwords = new Map<string, string>();
  /** A user with all permissions in every virtual host where none were set. */
  readonly #trusted = new Set<string>();
  /** By virtual host, then by user. */
  readonly #rights = new Map<string, Map<string, Rights | "none">>();
  /** Some user has restricted permissions. */
  #restricted = false;
  readonly #profile: Pick<BrokerProfile, "asksForPassive" | "namesRights">;

  constructor(profile: Pick<BrokerProfile, "asksForPassive" | "namesRights"> = profileOf()) {
    this.#profile = profile;
  }

  /** @param trusted may do everything in every virtual host; others may enter none until they are given permissions */
  addUser({ name, password }: BrokerUser, trusted: boolean): void {
    this.#passwords.set(name, password);
    if (trusted) this.#trusted.add(name);
  }

  /** Also removes the permissions, so that a later user of the same name does not have them. */
  removeUser(name: string): void {
    this.#restricted = true;
    this.#passwords.delete(name);
    this.#trusted.delete(name);
    for (const rights of this.#rights.values()) rights.delete(name);
  }

  /** With the permissions there. */
  removeVirtualHost(name: string): void {
    this.#rights.delete(name);
  }

  knows(name: string, password: string): boolean {
    return this.#passwords.get(name) === password;
  }

  /**
   * Undefined takes the user's right to the virtual host away.
   * @throws BrokerError ERR_BROKER_OPTIONS when a permission is not a regular expression
   */
  setPermissions(user: string, virtualHost: string, permissions: BrokerPermissions | undefined): void {
    const rights = permissions ? rightsOf(permissions) : "none";
    this.#restricted = true;
    const ofAll = this.#rights.get(virtualHost) ?? new Map<string, Rights | "none">();
    this.#rights.set(virtualHost, ofAll.set(user, rights));
  }

  mayEnter(user: string, virtualHost: string): boolean {
    const rights = this.#rights.get(virtualHost)?.get(user);
    return rights === undefined ? this.#trusted.has(user) : rights !== "none";
  }

  /**
   * One of the three rights is enough, as RabbitMQ asks before a passive declaration since 4.2.7 and 4.3.1.
   * @throws a channel error, ACCESS_REFUSED
   */
  checkAny(user: string, virtualHost: string, kind: "exchange" | "queue", name: string): void {
    if (!this.#restricted || !this.#profile.asksForPassive) return;
    const rights = this.#rights.get(virtualHost)?.get(user);
    if (rights !== undefined && rights !== "none" && (rights.read.test(name) || rights.write.test(name))) return;
    this.check(user, virtualHost, "configure", kind, name);
  }

  /** @throws a channel error, ACCESS_REFUSED */
  check(user: string, virtualHost: string, right: Right, kind: "exchange" | "queue", name: string): void {
    // No user is restricted: the case of nearly every publish.
    if (!this.#restricted) return;
    const rights = this.#rights.get(virtualHost)?.get(user);
    if (rights === undefined && this.#trusted.has(user)) return;
    // The default exchange has no name to match.
    const shown = kind === "exchange" && name === "" ? "amq.default" : name;
    if (rights !== undefined && rights !== "none" && rights[right].test(shown)) return;
    const access = this.#profile.namesRights ? `${right} access` : "access";
    throw channelError(
      replyCode.accessRefused,
      `${access} to ${kind} '${shown}' in vhost '${virtualHost}' refused for user '${user}'`,
    );
  }
}

function rightsOf({ configure, write, read }: BrokerPermissions): Rights {
  return { configure: pattern(configure), write: pattern(write), read: pattern(read) };
}

/** The empty string allows nothing, although as an expression it would match everything. */
function pattern(expression: string): RegExp {
  try {
    return new RegExp(expression === "" ? "^$" : expression);
  } catch (cause) {
    const problem = `setPermissions() needs regular expressions, but "${expression}" is not a valid one. ".*" allows everything.`;
    throw new BrokerError("ERR_BROKER_OPTIONS", problem, { cause });
  }
}
