/** Closing a channel without an endless wait: a broker that blocks publishing reads nothing. */
import { wait } from "../util/wait.ts";
import type { AmqpChannel } from "./channel.ts";

/** Milliseconds a broker has to answer our close. */
const closeLimitMs = 3000;

/** Closes after everything sent before; resolves when the channel is closed by either side, or after a timeout. */
export async function closeChannel(channel: Pick<AmqpChannel, "close">): Promise<void> {
  const closed = new AbortController();
  const closing = channel.close().finally(() => closed.abort());
  await Promise.race([closing, wait(closeLimitMs, closed.signal)]);
}
