/** Makes the endpoint of a handler of `@websocket`. */
import type { Handler } from "../../service/handler.ts";
import type { Clock } from "../../util/clock.ts";
import { HandlerSockets } from "./handler-sockets.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import type { HttpTrigger } from "./route-options.ts";
import type { Connections } from "./websocket/connections.ts";
import { WebSocketEndpoint, type WebSocketEndpointSettings } from "./websocket-endpoint.ts";
import { resolveWebSocket } from "./websocket-options.ts";

export interface SocketRoutesSettings extends Pick<WebSocketEndpointSettings, "runner" | "failures" | "ended"> {
  readonly options: ResolvedHttp;
  readonly clock: Clock;
  /** All web sockets of the service. */
  readonly all: Connections;
}

type WebSocketTrigger = Extract<HttpTrigger, { readonly kind: "websocket" }>;

/** @throws ConfigurationError for wrong options */
export function webSocketEndpoint(
  handler: Omit<Handler<unknown>, "options">,
  trigger: WebSocketTrigger,
  { options: service, clock, all, ...parts }: SocketRoutesSettings,
): WebSocketEndpoint {
  const options = resolveWebSocket(trigger, service, handler.label);
  const sockets = new HandlerSockets({ options, clock, all });
  return new WebSocketEndpoint({ handler, options, sockets, contentType: service.contentType, ...parts });
}
