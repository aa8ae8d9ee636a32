/** Converts the result of a `@websocket` handler to one form. */
import { inspect } from "node:util";
import { ServiceError } from "../../../service/errors.ts";
import type { WebSocketHandlers } from "./types.ts";

/** @throws ServiceError ERR_HANDLER_RESULT for anything else */
export function handlersOf(result: unknown, label: string): WebSocketHandlers<unknown> {
  if (result === undefined || result === null) return {};
  if (typeof result === "function") return { message: result as WebSocketHandlers<unknown>["message"] };
  const { message, close } = Array.isArray(result)
    ? { message: result[0] as unknown, close: result[1] as unknown }
    : (result as Record<string, unknown>);
  if (isObject(result) && isFunctionOrNone(message) && isFunctionOrNone(close)) {
    // The functions are called on their object, which may be an instance of a class.
    const owner = Array.isArray(result) ? undefined : result;
    return { message: message?.bind(owner), close: close?.bind(owner) } as WebSocketHandlers<unknown>;
  }
  throw new ServiceError(
    "ERR_HANDLER_RESULT",
    `${label} returned ${inspect(result, { depth: 0 })}. Return nothing, a function for messages, [message, close] or { message, close }.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

// biome-ignore lint/complexity/noBannedTypes: whatever parameters it has
function isFunctionOrNone(value: unknown): value is Function | undefined {
  return value === undefined || typeof value === "function";
}
