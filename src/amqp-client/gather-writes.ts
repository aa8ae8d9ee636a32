/**
 * Sends what is written in one turn with one system call. amqplib writes each message to its socket by itself, and of what a
 * publish costs, that call is the largest part.
 */

/** What is asked of amqplib's socket. */
export interface GatheringSocket {
  write(...words: unknown[]): boolean;
  cork(): void;
  uncork(): void;
}

/** So much may wait in the socket before amqplib holds back, in bytes; with Node's 16 KiB hardly twenty messages leave together. */
export const socketBufferBytes = 65_536;

/** From the first write until the end of the present turn the socket is corked. Order, callbacks and back-pressure stay. */
export function gatherWrites(socket: GatheringSocket): void {
  const write = socket.write.bind(socket);
  let corked = false;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  socket.write = (...words) => {
    if (!corked) {
      corked = true;
      socket.cork();
      queueMicrotask(uncork);
    }
    return write(...words);
  };
}
