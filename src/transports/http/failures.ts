/** Answers for errors: from an `@httpError` handler of the service, or as problem details (RFC 9457). */
import { classNameOf, clauseOf } from "../../errors.ts";
import { briefErrorFields, errorFields } from "../../log/error-fields.ts";
import type { Logger } from "../../log/logger.ts";
import type { RunHandler } from "../../service/handler-runner.ts";
import type { Clock } from "../../util/clock.ts";
import { cutText } from "../../util/cut-text.ts";
import { failedMore, Repeats } from "../../util/repeats.ts";
import { discardBody } from "./body.ts";
import { titleOf } from "./http-error.ts";
import type { OpenRequest } from "./open-request.ts";
import { type Problem, problemOf, type Thrower } from "./problem.ts";
import { answerOf, discardResult, sendAnswer } from "./result.ts";

/** The content type of an answer about an error. */
const problemType = "application/problem+json; charset=utf-8";

const clauseBytes = 500;

export interface HttpFailuresSettings {
  readonly logger: Logger;
  readonly clock: Clock;
  /** The content type of strings that error handlers return. */
  readonly contentType: string;
}

export class HttpFailures {
  readonly #settings: HttpFailuresSettings;
  readonly #handlers = new Map<number, RunHandler>();
  readonly #repeats: Repeats;

  constructor(settings: HttpFailuresSettings) {
    this.#settings = settings;
    this.#repeats = new Repeats(settings.clock);
  }

  /** False if there is already a handler for this status. */
  add(status: number, run: RunHandler): boolean {
    if (this.#handlers.has(status)) return false;
    this.#handlers.set(status, run);
    return true;
  }

  has(status: number): boolean {
    return this.#handlers.has(status);
  }

  /** Logs the error if it is a fault of the service, and answers once, if the client still waits. */
  async answer(open: OpenRequest, error: unknown, by: Thrower): Promise<void> {
    const problem = problemOf(error, by);
    if (problem.isFault) this.#log(open, error);
    if (!open.isAnswerable) {
      // A half answer must not look like a complete one.
      if (!open.reply.sent) open.reply.raw.destroy();
      return;
    }
    open.reply.removeHeader("content-type").removeHeader("content-length");
    if (await this.#answeredByHandler(open, error, problem)) return;
    sendProblem(open, problem);
  }

  /** Logs the error if it is a fault of the service, and answers nothing. */
  told(open: OpenRequest, error: unknown): void {
    if (problemOf(error, "handler").isFault) this.#log(open, error);
  }

  /** Logs why an answer ended in the middle. Nothing else can be answered. */
  broken(open: OpenRequest, error: unknown): void {
    if (open.reply.raw.headersSent && !open.abort.aborted) this.#log(open, error);
  }

  /** Logs the number of similar failures that were counted but not logged yet. */
  end(): void {
    this.#repeats.flush();
  }

  async #answeredByHandler(open: OpenRequest, error: unknown, problem: Problem): Promise<boolean> {
    const run = this.#handlers.get(problem.status);
    if (!run) return false;
    open.error = error;
    const result = await run({ data: open.request, message: open.request, values: open, abort: open.abort });
    if (!open.isAnswerable) {
      if (result.kind === "returned") discardResult(result.value);
      return true;
    }
    if (result.kind === "returned") {
      const answer = answerOf(result.value);
      try {
        const status = answer.status ?? problem.status;
        const headers = { ...problem.headers, ...answer.headers };
        const { contentType } = this.#settings;
        sendAnswer(open.reply, { ...answer, status, headers }, contentType, (failure) => this.broken(open, failure));
        return true;
      } catch (failure) {
        discardBody(answer.body);
        this.#log(open, failure);
      }
    } else if (result.kind === "failed") this.#log(open, result.error);
    return false;
  }

  /** A client can make a handler fail as often as it likes, so similar failures are only counted. */
  #log(open: OpenRequest, error: unknown): void {
    const { logger } = this.#settings;
    const { request, route } = open;
    const what = `${request.method} ${route || "(no route)"} failed: ${cutText(clauseOf(error), clauseBytes)}`;
    const fields = { requestId: request.id, route };
    this.#repeats.add(
      `${classNameOf(error)} ${what}`,
      () => logger.error({ ...fields, err: errorFields(error) }, what),
      (more) =>
        logger.error({ ...fields, more, err: briefErrorFields(error) }, `${what}; ${failedMore(more, "request")}`),
    );
  }
}

/** Sends the answer that describes an error. */
function sendProblem({ request, reply }: OpenRequest, problem: Problem): void {
  const { status, title, detail, headers, members } = problem;
  const requestId = status >= 500 ? request.id : undefined;
  reply.code(status).headers(headers as Record<string, string>);
  reply.header("content-type", problemType).send(JSON.stringify({ title, status, detail, requestId, ...members }));
}

/** The same without Fastify, for an answer before Fastify has a request. */
export function problemBody(status: number): string {
  return JSON.stringify({ title: titleOf(status), status });
}
