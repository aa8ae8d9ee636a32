/** Closing what may die meanwhile: amqplib's own `close()` never settles when the connection goes before the answer comes. */
import type { Duplex } from "node:stream";
import type { Channel, ChannelModel } from "amqplib";

/** Milliseconds a broker has to answer our close; one that blocks publishing reads nothing. */
const goodbyeMs = 3000;

/** Closes after everything sent before; resolves when the channel is closed, whatever closed it, and after a while anyway. */
export function closeChannel(channel: Channel): Promise<void> {
  return closed(channel);
}

/** `close()` rejects when it is closed already. */
function closed(open: Pick<Channel | ChannelModel, "once" | "close">): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, goodbyeMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    open.once("close", done);
    open.close().then(done, done);
  });
}

/** Says goodbye, waits for the answer but not for long, and lets go of the socket. */
export async function closeConnection(model: ChannelModel): Promise<void> {
  // amqplib writes a channel's frames at the end of the turn, but connection.close at once: it would overtake them.
  await new Promise((resolve) => setImmediate(resolve));
  await closed(model);
  // What a blocking broker never reads, or a dead peer never answers, would keep the process alive.
  socketOf(model).destroy();
}

/** amqplib's socket, which is not in its types. */
export function socketOf(model: ChannelModel): Duplex {
  return (model.connection as unknown as { readonly stream: Duplex }).stream;
}
