/** The data of a request and of its reply: what is asked is checked, and what was answered is read and checked. */
import type { StandardSchema } from "../../../service/standard-schema.ts";
import { validate } from "../../../service/validate.ts";
import type { Clock } from "../../../util/clock.ts";
import { createBodyReader, type ReadableDelivery } from "../contracts/read-body.ts";
import { AmqpRemoteError, readErrorReply } from "./error-reply.ts";
import { inTime } from "./request-deadline.ts";
import type { Question } from "./request-options.ts";

/** Call it where the contract has a schema for what is asked. @throws SchemaError when the data does not fit it */
export function checkQuestion(question: Question, clock: Clock): unknown {
  const checking = validate(
    question.schema as StandardSchema,
    question.data,
    `The data of the request "${question.routingKey}"`,
  );
  return inTime(checking, question, "it was not sent", clock);
}

/** @throws AmqpRemoteError when the handler failed */
export async function readReply(
  question: Question,
  reply: Pick<ReadableDelivery, "content" | "headers" | "properties">,
  clock: Clock,
): Promise<unknown> {
  const { envelope, routingKey, replySchema, replyOptions } = question;
  const remote = readErrorReply(reply.headers, reply.content);
  if (remote) throw new AmqpRemoteError(routingKey, remote);
  const read = createBodyReader({ envelope, parserOptions: replyOptions });
  const { data } = await inTime(read(reply), question, "its reply came", clock);
  if (!replySchema) return data;
  const checking = validate(replySchema, data, `The reply to the request "${routingKey}"`);
  return inTime(checking, question, "its reply came", clock);
}
