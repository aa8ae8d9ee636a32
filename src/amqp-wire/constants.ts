/** The numbers of AMQP 0-9-1: the protocol header, frame types and sizes, reply codes and their names. */

/** What a client sends first, and what a broker answers to anything else (AMQP 0-9-1, 4.2.2). */
export const protocolHeader: Buffer = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

/** The first byte of a frame (4.2.3). */
export const frameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;

/** The last byte of every frame. */
export const frameEnd = 0xce;

/** Both peers accept frames up to this size before they have agreed on another, and may never agree on a smaller one. */
export const frameMinSize = 4096;

/** Bytes of a frame around its payload: type, channel and size before it, the frame end after it. */
export const frameOverhead = 8;

/** Why a method, a channel or a connection ends (1.2, "reply-code"), with RabbitMQ's names. */
export const replyCode = {
  replySuccess: 200,
  contentTooLarge: 311,
  noRoute: 312,
  noConsumers: 313,
  connectionForced: 320,
  invalidPath: 402,
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
  frameError: 501,
  syntaxError: 502,
  commandInvalid: 503,
  channelError: 504,
  unexpectedFrame: 505,
  resourceError: 506,
  notAllowed: 530,
  notImplemented: 540,
  internalError: 541,
} as const;

export type ReplyCode = (typeof replyCode)[keyof typeof replyCode];

const replyNames: ReadonlyMap<number, string> = new Map(
  Object.entries(replyCode).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
  ]),
);

/** The name at the beginning of RabbitMQ's reply text, such as `NOT_FOUND`; `REPLY_<code>` for a code that AMQP does not have. */
export function replyName(code: number): string {
  return replyNames.get(code) ?? `REPLY_${code}`;
}
