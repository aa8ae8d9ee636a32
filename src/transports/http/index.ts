/** The public exports of HTTP. They load neither the transport nor Fastify: the start of a service with HTTP handlers does. */
export type { HttpCall, HttpContext, HttpMiddleware, WebSocketContext } from "./context.ts";
export { type HttpDecorator, type HttpRequestOf, http, httpError, httpStatic } from "./decorator.ts";
export { httpTransport } from "./definition.ts";
export { HttpError, type HttpErrorOptions } from "./http-error.ts";
export type { RouteDescription } from "./openapi/document.ts";
export type { HttpOpenApiOptions, HttpPlugin, HttpServiceOptions } from "./options.ts";
export type { HttpPath } from "./path.ts";
export type { HttpOptions } from "./route-options.ts";
export type {
  HttpHeaders,
  HttpMethod,
  HttpParams,
  HttpQuery,
  HttpRequest,
  HttpRequestTypes,
  HttpSchema,
} from "./route-types.ts";
export type { ByteSize } from "./size.ts";
export type { HttpStaticOptions } from "./static-files.ts";
export { connectWebSocket } from "./websocket/client.ts";
export type {
  WebSocketClient,
  WebSocketConnection,
  WebSocketData,
  WebSocketHandlers,
  WebSocketMessage,
  WebSocketMessages,
  WebSocketResult,
} from "./websocket/types.ts";
export { type WebSocketDecorator, websocket } from "./websocket-decorator.ts";
export type { WebSocketOptions, WebSocketSchema } from "./websocket-options.ts";
