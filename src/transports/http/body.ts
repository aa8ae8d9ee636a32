/** The body of an answer: what can be sent, and how a stream ends that is not sent. */
import { PassThrough, pipeline, Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { types } from "node:util";
import { memberOf } from "../../errors.ts";
import { ServiceError } from "../../service/errors.ts";

/** How many bytes wait in a stream for a client that reads slowly. It is the default of Node's streams. */
const highWaterMark = 16_384;

/**
 * Makes a body that Fastify can send: a string, bytes, a Node stream, or an object that becomes JSON. @throws ServiceError
 * ERR_HANDLER_RESULT
 */
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
 * Converts streams and iterables to a stream of bytes. If it yields something else, it fails as a stream does. An error thrown while it is
 * piped would end the process.
 */
function streamOf(body: object): Readable | undefined {
  if (isNodeStream(body)) return memberOf(body, "readableObjectMode") === true ? bytesOf(body) : body;
  // When destroyed, this stream cancels its source at once. An iterator would first wait for the source's next value.
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

/** When one of the two streams ends, the other one ends too. */
function bytesOf(source: Readable): Readable {
  const bytes = new PassThrough({ writableObjectMode: true, writableHighWaterMark: 1 });
  return pipeline(source, bytes, () => {});
}

/** Frees what a stream holds, such as an open file. The handler returned the stream, but it is not sent. */
export function discardBody(body: unknown): void {
  const source = isResponse(body) ? memberOf(body, "body") : body;
  if (isNodeStream(source)) {
    source.on("error", () => {});
    source.destroy?.();
  } else if (source instanceof ReadableStream) {
    // A locked stream belongs to another reader.
    source.cancel().catch(() => {});
  } else if (types.isGeneratorObject(source)) {
    void endGenerator(source as Iterator<unknown> | AsyncIterator<unknown>);
  }
}

async function endGenerator(generator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await generator.return?.();
  } catch {
    // The iterator failed in its own `finally`. No client waits for it.
  }
}

/** Whether the body is a web `Response`, also one of another library than Node's own. */
export function isResponse(body: unknown): body is Response {
  return Object.prototype.toString.call(body) === "[object Response]";
}
