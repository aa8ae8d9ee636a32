/** @websocket: methods that are called for web sockets. */
import { inspect } from "node:util";
import { createDecorator, type HandlerDecorator } from "../../service/decorator.ts";
import type { SchemaOutput } from "../../service/standard-schema.ts";
import type { WebSocketContext } from "./context.ts";
import { httpTransport } from "./definition.ts";
import type { HttpPath } from "./path.ts";
import type { RequestFor } from "./route-types.ts";
import type { WebSocketMessage, WebSocketResult } from "./websocket/types.ts";
import type { WebSocketOptions } from "./websocket-options.ts";

/** The result of `websocket()`: a method decorator in both forms, and a trigger for `on()`. */
export type WebSocketDecorator<Path = HttpPath, Options = WebSocketOptions> = HandlerDecorator<
  RequestFor<Path, Options>,
  WebSocketContext,
  WebSocketResult<MessageFor<Options>> | Promise<WebSocketResult<MessageFor<Options>>>
>;

type MessageFor<Options> = Options extends { readonly schema: { readonly message: infer Schema } }
  ? SchemaOutput<Schema>
  : Options extends { readonly messages: "bytes" }
    ? Buffer
    : Options extends { readonly messages: "any" }
      ? WebSocketMessage
      : string;

/**
 * Calls the method for each web socket that a client opens at this path. The method returns what handles the messages: a function,
 * `[message, close]`, `{ message, close }`, or nothing. The handshake is complete when the method returns, or when it first sends. If it
 * throws an `HttpError` before that, the client is refused. `httpMiddleware` wraps the whole life of the connection.
 *
 * @example
 * ```ts
 * @websocket("/rooms/:room")
 * async room({ params }: HttpRequest<{ params: { room: string } }>, { socket }: WebSocketContext) {
 *   await socket.send(`You are in ${params.room}.`);
 *   return async (text: string) => socket.send(text.toUpperCase());
 * }
 * ```
 */
export function websocket<const Path extends HttpPath, const Options extends WebSocketOptions = object>(
  path: Path,
  options?: Options,
): WebSocketDecorator<Path, Options> {
  const shown = typeof path === "string" ? JSON.stringify(path) : inspect(path);
  return createDecorator(httpTransport, { kind: "websocket", path, options } as const, `@websocket(${shown})`);
}
