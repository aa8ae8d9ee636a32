/** The body of an answer: what of it can be sent, and the end of a stream that is not sent. */
import { PassThrough, pipeline, Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { types } from "node:util";
import { memberOf } from "../../errors.ts";
import { ServiceError } from "../../service/errors.ts";

/** What waits in a stream for a client that reads slowly, in bytes: as much as in a stream of Node. */
const highWaterMark = 16_384;

/** A string, bytes, a stream of Node, or what becomes JSON. @throws ServiceError ERR_HANDLER_RESULT */
export function sendableBody(body: unknown): unknown {
  switch (typeof body) {
    case "string":
    case "number":
    case "boolean":
      return body;
    case "object":
      return body === null ? body : (streamOf(body) ?? body);
    default:
      throw new ServiceError(
        "ERR_HANDLER_RESULT",
        `The handler returned a ${typeof body}, which cannot be a response. Return a string, an object, a Buffer, a stream, a Response, [status, body, headers] or nothing.`,
      );
  }
}

/**
 * Streams of bytes, whatever they were. One that gives something else fails as a stream does: thrown while it is piped, the error would
 * end the process.
 */
function streamOf(body: object): Readable | undefined {
  if (isNodeStream(body)) return memberOf(body, "readableObjectMode") === true ? bytesOf(body) : body;
  // When destroyed, it cancels its source at once; an iterator would first wait for the source's next value.
  if (body instanceof ReadableStream) return Readable.fromWeb(body);
  const isIterable = Symbol.asyncIterator in body || types.isGeneratorObject(body);
  return isIterable ? Readable.from(endedByReturn(body), { objectMode: false, highWaterMark }) : undefined;
}

/**
 * Without its method `throw`: a stream that fails would call it, and `yield*` over an array answers with an error of its own, which hides
 * why the stream failed (Node 24). With `return` the generator runs its `finally` too.
 */
function endedByReturn(body: object): AsyncIterable<unknown> | Iterable<unknown> {
  if (Symbol.asyncIterator in body) {
    const source = body as AsyncIterable<unknown>;
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = source[Symbol.asyncIterator]();
        return { next: () => iterator.next(), return: async () => (await iterator.return?.()) ?? ended };
      },
    };
  }
  const source = body as Iterable<unknown>;
  return {
    [Symbol.iterator]: () => {
      const iterator = source[Symbol.iterator]();
      return { next: () => iterator.next(), return: () => iterator.return?.() ?? ended };
    },
  };
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

export function isNodeStream(body: unknown): body is Readable {
  return typeof memberOf(body, "pipe") === "function" && typeof memberOf(body, "on") === "function";
}

/** The end of either is the end of the other. */
function bytesOf(source: Readable): Readable {
  const bytes = new PassThrough({ writableObjectMode: true, writableHighWaterMark: 1 });
  return pipeline(source, bytes, () => {});
}

/** Frees what a stream holds, such as an open file: it was returned, and it is not sent. */
export function discardBody(body: unknown): void {
  const source = isResponse(body) ? memberOf(body, "body") : body;
  if (isNodeStream(source)) {
    source.on("error", () => {});
    source.destroy?.();
  } else if (source instanceof ReadableStream) {
    // Locked, it belongs to another reader.
    source.cancel().catch(() => {});
  } else if (types.isGeneratorObject(source)) {
    void endGenerator(source as Iterator<unknown> | AsyncIterator<unknown>);
  }
}

async function endGenerator(generator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await generator.return?.();
  } catch {
    // It fails in its own `finally`; no client waits for it.
  }
}

/** A `Response` of the web, also of another library than Node's own. */
export function isResponse(body: unknown): body is Response {
  return Object.prototype.toString.call(body) === "[object Response]";
}
