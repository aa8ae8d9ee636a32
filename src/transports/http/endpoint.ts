/** One handler of `@http`: from the request to its answer. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Handler } from "../../service/handler.ts";
import type { HandlerRunResult } from "../../service/handler-run.ts";
import type { HandlerRunner, RunHandler } from "../../service/handler-runner.ts";
import { discardBody } from "./body.ts";
import type { HttpFailures } from "./failures.ts";
import { HttpError } from "./http-error.ts";
import { OpenRequest } from "./open-request.ts";
import { type Answer, answerOf, discardResult, sendAnswer } from "./result.ts";
import { PausableRuns, type RouteEndpoint } from "./route-endpoint.ts";
import type { ResolvedRoute } from "./route-options.ts";
import { type AnswerCheck, answerCheck, checkedCall } from "./schema-checks.ts";

export interface HttpEndpointSettings {
  readonly handler: Pick<Handler<unknown>, "name" | "label" | "call" | "logger">;
  readonly route: ResolvedRoute;
  readonly runner: HandlerRunner;
  readonly failures: HttpFailures;
  readonly contentType: string;
}

export class HttpEndpoint implements RouteEndpoint {
  readonly name: string;
  readonly route: ResolvedRoute;
  readonly isWebSocket = false;
  readonly runs: PausableRuns = new PausableRuns();
  readonly #settings: HttpEndpointSettings;
  readonly #run: RunHandler;
  readonly #checkAnswer: AnswerCheck | undefined;

  constructor(settings: HttpEndpointSettings) {
    const { handler, route, runner } = settings;
    this.#settings = settings;
    this.name = handler.name;
    this.route = route;
    this.#run = runner.prepare({ ...handler, call: checkedCall(handler, route.schema) });
    this.#checkAnswer = answerCheck(route.schema, handler.label);
  }

  get text(): string {
    return `${this.route.methods.join(", ")} ${this.route.pattern.text}`;
  }

  pause(reason: string): Promise<void> {
    return this.runs.pause(reason);
  }

  resume(): void {
    this.runs.resume();
  }

  readonly handle = (request: FastifyRequest, reply: FastifyReply): void => {
    void this.answer(OpenRequest.of(request), reply);
  };

  /** Answers a request. Never rejects. */
  async answer(open: OpenRequest, reply: FastifyReply): Promise<void> {
    const { route } = this;
    const { failures } = this.#settings;
    open.route = route.pattern.text;
    open.ignoreLogging = route.ignoreLogging;
    let answer: Answer | undefined;
    try {
      if (this.runs.paused) throw new HttpError(503, "This handler is paused.");
      const value = this.#valueOf(open, await this.#begin(open));
      if (value === reply) return;
      answer = answerOf(value);
      // The handler has already sent an answer with `reply`.
      if (reply.sent || reply.raw.headersSent) return discardBody(answer.body);
      const checked = this.#checkAnswer ? await this.#checkAnswer(answer) : answer;
      if (!open.isAnswerable) return discardBody(answer.body);
      sendAnswer(reply, checked, this.#settings.contentType, (error) => failures.broken(open, error));
    } catch (error) {
      discardBody(answer?.body);
      await failures
        .answer(open, error, "handler")
        .catch((failure: unknown) => lastResort(open, failure, this.#settings));
    }
  }

  #begin(open: OpenRequest): Promise<HandlerRunResult> {
    const { request, abort } = open;
    this.runs.began();
    open.times?.handlerStarts();
    const { timeoutSeconds } = this.route;
    const { headers: requestHeaders } = request;
    return this.#run({ data: request, message: request, values: open, abort, timeoutSeconds, requestHeaders });
  }

  /** @throws what the handler threw */
  #valueOf(open: OpenRequest, result: HandlerRunResult): unknown {
    open.times?.handlerEnded();
    if (result.kind === "returned") {
      this.runs.ended();
      return result.value;
    }
    void result.ended?.then(discardLate);
    if (result.kind === "failed" && result.ended) void result.ended.then(() => this.runs.ended());
    else this.runs.ended();
    if (result.kind === "stopped") open.closeConnection();
    throw result.error;
  }
}

/** The handler returned after its time limit or after the stop, when the answer was already sent. */
function discardLate(late: unknown): void {
  const result = late as HandlerRunResult;
  if (result.kind === "returned") discardResult(result.value);
}

/** Used if not even the answer about an error could be sent. */
function lastResort({ reply }: OpenRequest, error: unknown, { handler }: HttpEndpointSettings): void {
  handler.logger.error({ err: error }, "a request could not be answered; its connection was closed");
  reply.raw.destroy();
}
