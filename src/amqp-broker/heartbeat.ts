/** Heartbeats of one connection: sent when nothing else was, and missed when nothing came (AMQP 0-9-1, 4.2.7). */

/** What a heartbeat watches; the connection implements it. */
export interface Heartbeating {
  readonly octetsRead: number;
  readonly octetsWritten: number;
  /** Reading is stopped, so that silence means nothing. */
  readonly blocked: boolean;
  sendHeartbeat(): void;
  /** Nothing came for two intervals. */
  missed(): void;
}

/**
 * Begins; the returned function ends it. The first heartbeat comes after half an interval, whatever else was sent, as with
 * RabbitMQ. Always in real time: the network has no other.
 */
export function startHeartbeat(watched: Heartbeating, seconds: number): () => void {
  if (seconds === 0) return () => {};
  let { octetsRead, octetsWritten } = watched;
  let silent = 0;
  let first = true;
  const timer = setInterval(
    () => {
      if (first || watched.octetsWritten === octetsWritten) watched.sendHeartbeat();
      first = false;
      silent = watched.octetsRead === octetsRead && !watched.blocked ? silent + 1 : 0;
      octetsRead = watched.octetsRead;
      octetsWritten = watched.octetsWritten;
      // Four halves are two intervals.
      if (silent >= 4) watched.missed();
    },
    (seconds * 1000) / 2,
  ).unref();
  return () => clearInterval(timer);
}
