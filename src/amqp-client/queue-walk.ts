/**
 * Goes through a queue once, message by message, and decides what happens to each. Messages that stay keep their old order in the
 * queue; no message leaves it before its copy is confirmed.
 */
import { messageOf } from "../errors.ts";
import { embeddedBrokerProduct } from "../util/product-names.ts";
import type { AmqpConnection } from "./connection.ts";
import type { BrokerIdentity } from "./connection-events.ts";
import { AmqpChannelError } from "./errors.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { Publisher } from "./publisher.ts";
import { groupSize, QueueWalkChannel } from "./queue-walk-channel.ts";
import type { ReceivedMessage } from "./session/received-message.ts";
import { type TakenMessage, takenMessage } from "./taken-message.ts";

/** What is to become of a message. */
export type QueueWalkVerdict =
  | { readonly kind: "keep" }
  /** Acknowledged without a copy. */
  | { readonly kind: "remove" }
  /** Acknowledged when the broker has confirmed this copy, and routed it. */
  | { readonly kind: "send"; readonly copy: OutgoingMessage };

/** What became of it: `returned` is a copy that found no queue, `refused` one that the broker did not confirm. Both stay. */
export type QueueWalkResult = "kept" | "removed" | "sent" | "returned" | "refused";

export interface QueueWalkSettings {
  readonly connection: AmqpConnection;
  /** On any connection that does not publish again what may have arrived (`republishUnknown: false`). */
  readonly publisher: Publisher;
  readonly queue: string;
  /** Ends it at the next message; what is under way is waited for. */
  readonly signal: AbortSignal;
  /** Messages taken at once, and so copies under way: at most 32. @default 32 */
  readonly groupSize?: number | undefined;
  /** Asked in the queue's order, one message at a time. */
  decide(message: TakenMessage): QueueWalkVerdict | Promise<QueueWalkVerdict>;
  /** Called once for each message that was decided on. */
  settled(message: TakenMessage, result: QueueWalkResult): void;
  /** How many more messages are wanted; 0: no more. */
  wanted(): number;
  /** A copy of the message for the end of its own queue. */
  renew(message: TakenMessage): OutgoingMessage;
}

export interface QueueWalkReport {
  /** Messages in the queue at the start: no more are looked at, so a message that returns in the meantime is not seen twice. */
  readonly standing: number;
  /** Messages that were decided on. */
  readonly seen: number;
  /** It came to its own end: not interrupted, nothing refused. */
  readonly complete: boolean;
  /** Why it ended early, as a clause. */
  readonly why: string | undefined;
}

/**
 * A message that has come back this often is not requeued again: RabbitMQ 4 drops what came back to a quorum queue more often than
 * its delivery limit (20 by default), without a word when the queue has no dead letters of its own.
 */
const mostReturns = 5;
/** Taken messages are not held longer: a broker closes the channel after its consumer timeout (RabbitMQ: 30 minutes). */
const longestHoldMs = 15 * 60_000;

/** Rejects when the channel is closed or the queue deleted; `settled` was called before for what was done. */
export async function walkQueue(settings: QueueWalkSettings): Promise<QueueWalkReport> {
  const channel = await QueueWalkChannel.open(settings.connection, settings.queue);
  try {
    return await new QueueWalk(channel, settings).run();
  } finally {
    await channel.close();
  }
}

class QueueWalk {
  readonly #channel: QueueWalkChannel;
  readonly #settings: QueueWalkSettings;
  readonly #putsBack: "in place" | "in front" | "behind";
  /** A message that arrives after the end is only requeued: that cannot be interrupted. */
  readonly #never: AbortSignal = new AbortController().signal;
  /** From the first message on that cannot be put back, what stays is copied to the end, so that the order stays. */
  #renewing = false;
  #seen = 0;
  #holdsSince: number | undefined;
  /** The last message that was taken had never come back. */
  #lastWasNew = false;
  /** A renewed copy was not confirmed: nothing can be copied to the end any more. */
  #copiesFail = false;
  #why: string | undefined;
  #failure: unknown;

  constructor(channel: QueueWalkChannel, settings: QueueWalkSettings) {
    this.#channel = channel;
    this.#settings = settings;
    this.#putsBack = whereItPutsBack(settings.connection.broker);
  }

  async run(): Promise<QueueWalkReport> {
    const { signal, groupSize: size = groupSize } = this.#settings;
    const standing = await this.#channel.readyCount();
    for (let taken = 0; taken < standing; ) {
      const ends = this.#endsNow();
      const wanted = ends ? 0 : this.#settings.wanted();
      if (wanted <= 0 && this.#mayStop()) break;
      const until = ends ? this.#never : signal;
      // At most the requested number: each message that is taken and requeued counts as delivered again.
      const most = wanted > 0 ? Math.min(size, wanted) : size;
      const group = await this.#channel.take(Math.min(most, standing - taken), until);
      taken += group.length;
      await this.#settleGroup(group);
      if (group.length === 0 && !until.aborted) break;
    }
    await this.#channel.putBack();
    if (this.#channel.lost) throw this.#lostError();
    return { standing, seen: this.#seen, complete: this.#why === undefined, why: this.#why };
  }

  /** Whether something ends it before its own end. */
  #endsNow(): boolean {
    if (this.#why !== undefined) return true;
    if (this.#settings.signal.aborted) this.#why = "it was interrupted";
    else if (this.#heldTooLong()) {
      this.#why = "messages that stay cannot be held longer (the broker's consumer timeout)";
    }
    return this.#why !== undefined;
  }

  #heldTooLong(): boolean {
    return this.#holdsSince !== undefined && performance.now() - this.#holdsSince > longestHoldMs;
  }

  /**
   * Whether the order stays when nothing more is taken. A quorum queue without a delivery limit (RabbitMQ before 4) puts what comes
   * back behind everything else; one with a limit puts it behind what came back before, and delivers that first. So in the first
   * case the walk must go to the end, in the second case to the first message that was never returned.
   */
  #mayStop(): boolean {
    if (this.#copiesFail || this.#heldTooLong()) return true;
    if (this.#renewing) return false;
    if (this.#channel.keptCount === 0 || this.#putsBack === "in place") return true;
    return this.#putsBack === "in front" && this.#lastWasNew;
  }

  async #settleGroup(group: readonly ReceivedMessage[]): Promise<void> {
    const sending: Promise<void>[] = [];
    const staying = new Set<ReceivedMessage>();
    for (const delivery of group) {
      const message = takenMessage(delivery);
      if (message.deliveryCount >= mostReturns) this.#renewing = true;
      const verdict = this.#endsNow() ? undefined : await this.#settings.decide(message);
      if (verdict !== undefined && !this.#endsNow()) this.#carryOut(verdict, delivery, message, staying, sending);
      else if (this.#renewing && !this.#copiesFail) sending.push(this.#renew(delivery, message, staying));
      else staying.add(delivery);
    }
    this.#lastWasNew = group.at(-1)?.redelivered === false;
    await Promise.all(sending);
    if (this.#channel.lost) throw this.#lostError();
    if (staying.size === 0) return;
    this.#holdsSince ??= performance.now();
    this.#channel.keep(group.filter((delivery) => staying.has(delivery)));
  }

  #carryOut(
    verdict: QueueWalkVerdict,
    delivery: ReceivedMessage,
    message: TakenMessage,
    staying: Set<ReceivedMessage>,
    sending: Promise<void>[],
  ): void {
    this.#seen++;
    if (verdict.kind === "remove") {
      this.#channel.acknowledge(delivery);
      this.#settings.settled(message, "removed");
    } else if (verdict.kind === "send") sending.push(this.#send(verdict.copy, delivery, message, staying));
    else {
      if (this.#renewing) sending.push(this.#renew(delivery, message, staying));
      else staying.add(delivery);
      this.#settings.settled(message, "kept");
    }
  }

  async #send(
    copy: OutgoingMessage,
    delivery: ReceivedMessage,
    message: TakenMessage,
    staying: Set<ReceivedMessage>,
  ): Promise<void> {
    const result = await this.#confirmed(copy);
    if (result === "sent") this.#channel.acknowledge(delivery);
    else if (this.#renewing && result === "returned") await this.#renew(delivery, message, staying);
    else staying.add(delivery);
    this.#settings.settled(message, result);
  }

  async #renew(delivery: ReceivedMessage, message: TakenMessage, staying: Set<ReceivedMessage>): Promise<void> {
    const result = await this.#confirmed(this.#settings.renew(message));
    if (result === "sent") return this.#channel.acknowledge(delivery);
    this.#copiesFail = true;
    staying.add(delivery);
  }

  /** Never rejects: one refusal ends the walk after the copies that are under way. */
  async #confirmed(copy: OutgoingMessage): Promise<"sent" | "returned" | "refused"> {
    try {
      return (await this.#settings.publisher.publishCopy(copy)).returned ? "returned" : "sent";
    } catch (error) {
      this.#failure ??= error;
      this.#why ??= `a copy was not confirmed: ${messageOf(error)}`;
      return "refused";
    }
  }

  #lostError(): AmqpChannelError {
    return new AmqpChannelError(
      "ERR_AMQP_SWEEP_LOST",
      `Reading the messages of the queue "${this.#settings.queue}" stopped: its channel was closed. Messages that were not settled are in the queue again. Run the command again for the rest.`,
      { cause: this.#failure },
    );
  }
}

/** RabbitMQ 4 gives every quorum queue a delivery limit; the embedded broker puts everything back where it was. */
function whereItPutsBack(broker: BrokerIdentity | undefined): "in place" | "in front" | "behind" {
  if (broker?.product === embeddedBrokerProduct) return "in place";
  return broker?.product === "RabbitMQ" && Number.parseInt(broker.version, 10) >= 4 ? "in front" : "behind";
}
