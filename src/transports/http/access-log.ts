/** The access log: a line for each request, with the same fields as in Python tomodachi. */
import type { Logger } from "../../log/logger.ts";
import { cutText } from "../../util/cut-text.ts";
import type { IgnoreLogging, OpenRequest } from "./open-request.ts";
import type { Connection } from "./websocket/connection.ts";

/** The status that is logged if the client did not wait for its answer, as in nginx. */
const clientGone = 499;
const shownPath = 200;

export class AccessLog {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `answered`: whether the whole answer was sent. */
  write(open: OpenRequest, answered: boolean): void {
    if (!this.#logger.isLevelEnabled("info")) return;
    const { request, reply, ignoreLogging } = open;
    const statusCode = answered ? reply.statusCode : clientGone;
    if (ignoreLogging === true || isListed(ignoreLogging, statusCode)) return;
    const { method, url } = request;
    const [path = "", query] = splitAtQuery(url);
    const fields = {
      statusCode,
      replacedStatusCode: answered ? undefined : reply.statusCode,
      trouble: open.trouble,
      remoteIp: request.ip,
      authUser: basicUser(request.headers.authorization),
      requestMethod: method,
      requestPath: path,
      requestQueryString: query || undefined,
      httpVersion: `HTTP/${request.raw.httpVersion}`,
      responseContentLength: lengthOf(reply.getHeader("content-length")),
      requestContentLength: lengthOf(request.headers["content-length"]),
      userAgent: request.headers["user-agent"],
      requestId: request.id,
      handlerElapsedTimeMs: open.times?.handlerMs,
      requestTimeMs: open.times?.requestMs,
    };
    this.#logger.info(fields, `${method} ${cutText(path, shownPath)} ${statusCode}`);
  }

  /** Logs the end of a web socket. */
  async ended({ request, ignoreLogging }: OpenRequest, connection: Connection): Promise<void> {
    const { code, reason } = await connection.ended;
    if (ignoreLogging === true || !this.#logger.isLevelEnabled("info")) return;
    const { counts, trouble, startedAt } = connection;
    const [path = ""] = splitAtQuery(request.url);
    const fields = {
      closeCode: code,
      closeReason: reason || undefined,
      trouble,
      remoteIp: request.ip,
      requestPath: path,
      requestId: request.id,
      messagesReceived: counts.received,
      messagesSent: counts.sent,
      connectionTimeMs: rounded(performance.now() - startedAt),
    };
    this.#logger.info(fields, `web socket ${cutText(path, shownPath)} closed ${code}`);
  }
}

function isListed(ignored: IgnoreLogging, status: number): boolean {
  return typeof ignored === "object" && ignored.includes(status);
}

/** Rounds to microseconds, which are exact enough. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function lengthOf(value: unknown): number | undefined {
  const length = Number(value);
  return value === undefined || Number.isNaN(length) ? undefined : length;
}

function splitAtQuery(url: string): readonly [string, string?] {
  const at = url.indexOf("?");
  return at === -1 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

/** The user name of HTTP basic authentication, never its password. */
function basicUser(authorization: string | undefined): string | undefined {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [user, password] = Buffer.from(encoded, "base64").toString().split(":");
  return password === undefined ? undefined : user;
}
