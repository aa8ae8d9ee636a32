/**
 * The testing kit: starts services on an embedded broker, with a clock that the test controls.
 *
 * @module tomodachi/testing
 */
export type { DeadLetterError, StoredDeadLetter } from "./dead-letters.ts";
export { TestingError } from "./errors.ts";
export type { HandledOptions, PublishedOptions, Several, WaitOptions } from "./expectations.ts";
export type { Direction, Directions, SlowOptions, SplitOptions } from "./fault-conditions.ts";
export { type CutOptions, type FaultProxy, type FaultProxyOptions, startFaultProxy } from "./fault-proxy.ts";
export type { ContextFor, DataOf, HandlerName, ServiceUnderTest } from "./handler-types.ts";
export type { HandledMessage, PublishedMessage } from "./recorder.ts";
export type { StartServiceOptions } from "./start-options.ts";
export { startService } from "./start-service.ts";
export type { TestApp } from "./test-app.ts";
export type { TestHttp, TestRequestOptions, TestResponse, TestWebSocketOptions } from "./test-http.ts";
export type { TestWebSocket } from "./test-websocket.ts";
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from "./virtual-clock.ts";
