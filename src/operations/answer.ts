/** What the operations port answers to a request. It reads no body, and only two paths change anything. */
import { hasCode, messageOf } from "../errors.ts";
import { hidePasswords } from "../log/hide-passwords.ts";
import type { RunPauses } from "../service/run-pauses.ts";
import { prometheusContentType } from "./prometheus-text.ts";
import { readinessOf, type WatchedRun } from "./readiness.ts";
import { hasToken } from "./token.ts";

export interface OperationsRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** A body follows, or may follow. */
  readonly hasBody: boolean;
}

export interface OperationsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OperationsRun extends WatchedRun {
  readonly pauses: Pick<RunPauses, "pause" | "resume" | "paused">;
}

export interface AnswerSettings {
  readonly run: OperationsRun;
  readonly token: string | undefined;
  /** The text for Prometheus. */
  metrics(): string;
}

interface Route {
  readonly method: "GET" | "POST";
  answer(settings: AnswerSettings, query: URLSearchParams): OperationsAnswer;
}

const routes: Readonly<Record<string, Route>> = {
  "/live": { method: "GET", answer: () => answerOf(200, { live: true }) },
  "/ready": {
    method: "GET",
    answer({ run }) {
      const readiness = readinessOf(run);
      return answerOf(readiness.ready ? 200 : 503, readiness);
    },
  },
  "/health": {
    method: "GET",
    answer({ run }) {
      const { ready, reasons } = readinessOf(run);
      const health = { ready, reasons, state: run.state, paused: run.pauses.paused, services: run.health() };
      return answerOf(ready ? 200 : 503, health);
    },
  },
  "/metrics": {
    method: "GET",
    answer: ({ metrics }) => ({ status: 200, headers: { "content-type": prometheusContentType }, body: metrics() }),
  },
  "/pause": {
    method: "POST",
    answer({ run }, query) {
      // The answer does not wait for running handlers: the client can check /health.
      void run.pauses.pause(handlerOf(query), "POST /pause");
      return answerOf(200, { paused: run.pauses.paused });
    },
  },
  "/resume": {
    method: "POST",
    answer({ run }, query) {
      run.pauses.resume(handlerOf(query), "POST /resume");
      return answerOf(200, { paused: run.pauses.paused });
    },
  },
};

export function answerTo(request: OperationsRequest, settings: AnswerSettings): OperationsAnswer {
  const { pathname, searchParams } = addressOf(request.url);
  const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
  if (!route)
    return refusal(404, `There is no ${JSON.stringify(pathname)}. Known paths: ${Object.keys(routes).join(", ")}.`);
  const methods = route.method === "GET" ? ["GET", "HEAD"] : ["POST"];
  if (!methods.includes(request.method)) {
    const allow = methods.join(", ");
    return refusal(405, `${pathname} accepts ${allow}, not ${request.method}.`, { allow });
  }
  if (route.method === "GET") return route.answer(settings, searchParams);
  return changeRefused(request, settings, searchParams) ?? change(route, settings, searchParams);
}

/** A slip in the query, or a handler that is named in a body, would pause all handlers instead of one. */
function changeRefused(
  { authorization, hasBody }: OperationsRequest,
  { run, token }: AnswerSettings,
  query: URLSearchParams,
): OperationsAnswer | undefined {
  if (token === undefined) {
    return refusal(
      403,
      "No token is set, so this port cannot pause handlers. Set TOMODACHI_OPERATIONS_TOKEN or options.operations.token.",
    );
  }
  if (!hasToken(authorization, token)) {
    const headers = { "www-authenticate": 'Bearer realm="tomodachi operations"' };
    return refusal(
      401,
      "The header Authorization must be: Bearer <token>, with the token of the operations port.",
      headers,
    );
  }
  if (hasBody)
    return refusal(400, "This request must not have a body. Name a handler in the query: ?handler=orders.onPaid.");
  const unknown = [...query.keys()].find((name) => name !== "handler");
  if (unknown !== undefined)
    return refusal(400, `There is no parameter ${JSON.stringify(unknown)}. The only one is handler.`);
  if (query.getAll("handler").length > 1 || query.get("handler") === "") {
    return refusal(
      400,
      "Give the parameter handler once, with the name of one handler. Leave it out for all handlers.",
    );
  }
  if (run.state === "starting" || run.state === "running") return undefined;
  return refusal(409, `Nothing can be paused or resumed now: the run is ${run.state}.`);
}

function change(route: Route, settings: AnswerSettings, query: URLSearchParams): OperationsAnswer {
  try {
    return route.answer(settings, query);
  } catch (error) {
    if (hasCode(error, "ERR_SERVICE_HANDLER")) return refusal(404, messageOf(error));
    if (hasCode(error, "ERR_TRANSPORT_PAUSE")) return refusal(409, messageOf(error));
    throw error;
  }
}

/** An error as an answer. */
export function refusal(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): OperationsAnswer {
  const answer = answerOf(status, { error });
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function answerOf(status: number, value: object): OperationsAnswer {
  // The reason of a lost connection may contain its URL.
  const body = `${hidePasswords(JSON.stringify(value, undefined, 2))}\n`;
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

function handlerOf(query: URLSearchParams): string | undefined {
  return query.get("handler") ?? undefined;
}

function addressOf(url: string): URL {
  // A client may send the whole address (RFC 9112, 3.2.2).
  if (/^https?:/i.test(url) && URL.canParse(url)) return new URL(url);
  // What comes before the path is ignored here, and "//" begins no host.
  const path = url.startsWith("/") ? url.replace(/^\/+/, "/") : "/";
  return URL.canParse(path, "http://operations") ? new URL(path, "http://operations") : new URL("http://operations/");
}
