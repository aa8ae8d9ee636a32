/** Checks a request and its answer with the schemas of a handler. */
import type { Handler, HandlerFunction } from "../../service/handler.ts";
import { isStandardSchema, type StandardSchema } from "../../service/standard-schema.ts";
import { validate } from "../../service/validate.ts";
import { isPromise } from "../../util/is-promise.ts";
import { HttpError } from "./http-error.ts";
import { type ProblemIssue, refusedIssues } from "./problem.ts";
import type { Answer } from "./result.ts";
import type { HttpRequest, HttpSchema } from "./route-types.ts";

/** Replaces the parts of a request by the output of their schemas. @throws HttpError 400 with what they refused */
export type RequestCheck = (request: HttpRequest) => Promise<void>;

/** Returns the answer with the output of the schema as its body. @throws SchemaError ERR_SCHEMA_REFUSED */
export type AnswerCheck = (answer: Answer) => Promise<Answer>;

const parts = ["params", "query", "body"] as const;

/** The schemas are checked last, so that middleware can refuse a request before anything of it is read. */
export function checkedCall(
  { call, label }: Pick<Handler<unknown>, "call" | "label">,
  schema: HttpSchema,
): HandlerFunction {
  const check = requestCheck(schema, label);
  if (!check) return call;
  return async (request, context) => {
    await check(request as HttpRequest);
    return call(request, context);
  };
}

/** Undefined if there is nothing to check, so that it costs nothing. */
export function requestCheck(schema: HttpSchema, label: string): RequestCheck | undefined {
  const checked = parts.flatMap((part) => (schema[part] ? [{ part, schema: schema[part] }] : []));
  if (checked.length === 0) return undefined;
  return async (given) => {
    const request = given as { -readonly [Part in (typeof parts)[number]]: unknown };
    const issues: ProblemIssue[] = [];
    let cause: unknown;
    for (const { part, schema } of checked) {
      try {
        const value = validate(schema, request[part], `The ${part} of ${label}`);
        request[part] = isPromise(value) ? await value : value;
      } catch (error) {
        cause = error;
        issues.push(...refusedIssues(part, error));
      }
    }
    if (issues.length > 0)
      throw new HttpError(400, "The request does not fit its schema.", { cause, members: { issues } });
  };
}

/** A single schema checks bodies with a status below 300. With a list of schemas, a status that it does not name is not checked. */
export function answerCheck({ response }: HttpSchema, label: string): AnswerCheck | undefined {
  if (response === undefined) return undefined;
  const schemaFor = isStandardSchema(response)
    ? (status: number): StandardSchema | undefined => (status < 300 ? response : undefined)
    : (status: number): StandardSchema | undefined => response[status];
  return async (answer) => {
    const { status = 200, body } = answer;
    const schema = schemaFor(status);
    return schema ? { ...answer, body: await validate(schema, body, `The response ${status} of ${label}`) } : answer;
  };
}
