/** What happens on one web socket: the method runs, then its handlers get one message after another, and then the close. */
import { hasCode, memberOf } from "../../errors.ts";
import type { Handler, HandlerFunction } from "../../service/handler.ts";
import type { StandardSchema } from "../../service/standard-schema.ts";
import { validate } from "../../service/validate.ts";
import { refusedIssues } from "./problem.ts";
import { requestCheck } from "./schema-checks.ts";
import { closeFor, RefusedMessage } from "./websocket/closes.ts";
import type { Connection } from "./websocket/connection.ts";
import { handlersOf } from "./websocket/handlers.ts";
import type { WebSocketHandlers, WebSocketMessage, WebSocketMessages } from "./websocket/types.ts";
import type { ResolvedWebSocket } from "./websocket-options.ts";

/** The handler that middleware wraps. It ends when the connection has ended. The handshake is complete when the method returns. */
export function conversation(
  { call, label }: Pick<Handler<unknown>, "call" | "label">,
  { schema: { message, ...ofRequest }, messages }: Pick<ResolvedWebSocket, "schema" | "messages">,
): HandlerFunction {
  const check = requestCheck(ofRequest, label);
  const read = messageReader(messages, message, label);
  return async (request, context) => {
    const { socket } = context as { readonly socket: Connection };
    await check?.(request as never);
    let handlers: WebSocketHandlers<unknown> = {};
    try {
      handlers = handlersOf(await call(request, context), label);
      socket.open();
      await socket.receive(async (data) => handlers.message?.(await read(data)));
    } catch (error) {
      // Before the handshake an error is answered like that of any request.
      if (!socket.wasOpened) throw error;
      if (isOfTheEnd(error, socket)) return;
      const { code, reason } = closeFor(error);
      if (socket.isOpen) await socket.close(code, reason);
      throw error;
    } finally {
      if (socket.wasOpened) {
        const { code, reason } = await socket.ended;
        await handlers.close?.(code, reason);
      }
    }
  };
}

/** A handler that sends, or waits for its signal, cannot know that the client has just disconnected. */
function isOfTheEnd(error: unknown, socket: Connection): boolean {
  return !socket.isOpen && (hasCode(error, "ERR_WEBSOCKET_CLOSED") || memberOf(error, "name") === "AbortError");
}

function messageReader(
  messages: WebSocketMessages,
  schema: StandardSchema | undefined,
  label: string,
): (data: WebSocketMessage) => unknown {
  const wanted = { text: "string", bytes: "object", any: undefined }[messages];
  return async (data) => {
    if (wanted !== undefined && typeof data !== wanted) throw new RefusedMessage(1003, `Messages must be ${messages}.`);
    if (!schema) return data;
    try {
      return await validate(schema, parsed(String(data)), `A message for ${label}`);
    } catch (error) {
      if (error instanceof RefusedMessage) throw error;
      const issues = refusedIssues("message", error).map(({ path, message }) => `${path}: ${message}`);
      throw new RefusedMessage(1007, issues.join("; "), error);
    }
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RefusedMessage(1007, "The message is not JSON.", error);
  }
}
