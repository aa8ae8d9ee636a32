/** Keeps amqplib's own list of unconfirmed publishes short, beside which a publisher has its own. */
import type { ConfirmChannel } from "amqplib";

/** amqplib's list, which is not in its types: a callback or false for each publish, null once it is confirmed. */
interface UnconfirmedList {
  /** The delivery tag of the first place. */
  lwm: number;
  readonly unconfirmed: unknown[];
}

/**
 * After a confirm of one publish and then a cumulative one of all before it, amqplib is left with a confirmed publish at the
 * front of its list, and from then on takes nothing out of it until the next cumulative confirm: where publishes come one
 * at a time that is never, and the list grows by one place for each.
 */
export function trimUnconfirmed(channel: ConfirmChannel): void {
  const list = channel as unknown as UnconfirmedList;
  const trim = (): void => {
    while (list.unconfirmed[0] === null) {
      list.unconfirmed.shift();
      list.lwm++;
    }
  };
  channel.on("ack", trim);
  channel.on("nack", trim);
}
