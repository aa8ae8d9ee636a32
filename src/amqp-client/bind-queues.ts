/** Makes many bindings on one channel, as long as the broker takes them all. */
import type { AmqpConnection } from "./connection.ts";
import { AmqpChannelError } from "./errors.ts";
import type { Binding } from "./topology.ts";

/**
 * An existing binding is no error. If the broker refuses one, for example because its queue or exchange was deleted, `refused` is
 * called with the error, and the other bindings follow on another channel. Rejects when the connection is lost.
 */
export async function bindQueues(
  connection: AmqpConnection,
  bindings: readonly Binding[],
  refused: (binding: Binding, error: AmqpChannelError) => void,
): Promise<void> {
  let next = 0;
  while (next < bindings.length) {
    try {
      await connection.withChannel(async (channel) => {
        for (let binding = bindings[next]; binding; binding = bindings[next]) {
          await channel.bindQueue(binding.queue, binding.exchange, binding.routingKey);
          next++;
        }
      });
    } catch (error) {
      const binding = bindings[next];
      // Without a reply code it was not a refusal: the connection is lost, or did not answer.
      if (!binding || !(error instanceof AmqpChannelError) || error.replyCode === undefined) throw error;
      next++;
      refused(binding, error);
    }
  }
}
