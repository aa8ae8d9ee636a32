/** Request contracts, the reply options of a subscription, and errors on the wire. */
import { describe, expect, it } from "vitest";
import { ProtobufBase } from "../../../envelopes/protobuf/index.ts";
import { triggerOfContract } from "../options/contract-trigger.ts";
import { replyProblems, resolveReply } from "../options/reply-options.ts";
import { AmqpRemoteError, readErrorReply, writeErrorReply } from "../outbound/error-reply.ts";
import { isRequestContract, request } from "./request.ts";

describe("request", () => {
  it("returns a frozen contract that is recognised again", () => {
    const contract = request("price.get", { exchangeName: "prices" });
    expect(contract).toMatchObject({ kind: "request", routingKey: "price.get", exchangeName: "prices" });
    expect(Object.isFrozen(contract)).toBe(true);
    expect([contract, "price.get", null, {}].map(isRequestContract)).toEqual([true, false, false, false]);
  });

  it.each([
    ["", {}, /needs a routing key/],
    [5, {}, /needs a routing key/],
    ["price.*", {}, /cannot be part of a key/],
    ["price.{a}.{a}", {}, /\{a\} twice/],
    ["price.get", { schema: {} }, /options\.schema must be a Standard Schema/],
    ["price.get", { replay: 1 }, /Did you mean "reply"/],
    ["price.get", { replyOptions: 5 }, /options\.replyOptions must be an object/],
    ["price.get", { envelope: ProtobufBase, replyOptions: { protoClas: 1 } }, /Did you mean "protoClass"/],
    ["price.get", { envelope: ProtobufBase, replyOptions: { protoClass: 1 } }, /protoClass/],
    [
      "price.get",
      { replay: 1, envelope: ProtobufBase, replyOptions: { protoClas: 1 } },
      /Did you mean "reply"[\s\S]*Did you mean "protoClass"/,
    ],
    ["price.get", { envelope: {}, replyOptions: { protoClas: 1 } }, /options\.envelope must be an envelope/],
    ["price.get", null, /options must be an object/],
    ["price.get", { envelope: "json" }, /options\.envelope must be an envelope/],
  ])("refuses %j with %j", (key, options, message) => {
    expect(() => request(key as string, options as object)).toThrow(message);
  });

  it("is bound by the pattern of its key, and needs a topic exchange if that has parameters", () => {
    const contract = request("price.{id}.get");
    expect(triggerOfContract(contract, {}, "@amqp")).toMatchObject({ pattern: "price.*.get" });
    expect(() => triggerOfContract(contract, { exchangeType: "direct" }, "@amqp")).toThrow(/need a topic exchange/);
  });

  it("keeps its values on the class, and refuses options that contradict it", () => {
    const contract = request("price.get", { envelope: null });
    expect(triggerOfContract(contract, { prefetch: 5 }, "@amqp")).toEqual({
      pattern: "price.get",
      template: contract.template,
      options: { prefetch: 5, schema: undefined, exchangeName: undefined, messageEnvelope: null, reply: contract },
    });
    expect(() => triggerOfContract(contract, { exchangeName: "other" }, "@amqp")).toThrow(
      /The contract already sets options/,
    );
  });
});

describe("the options of replies", () => {
  it("get defaults when a reply is sent", () => {
    expect(resolveReply({})).toBeUndefined();
    expect(resolveReply({ reply: false })).toBeUndefined();
    expect(resolveReply({ reply: true })).toEqual({
      replySchema: undefined,
      replyOptions: undefined,
      stacks: false,
      onError: "acknowledge",
    });
  });

  it("are refused when no reply is sent, and so are pauses", () => {
    expect(replyProblems({ replyStacks: true, onError: "dead-letter" })).toHaveLength(2);
    expect(replyProblems({ reply: true, onError: "dead-letter" })).toEqual([]);
    expect(replyProblems({ reply: true, circuitBreaker: 5 })).toHaveLength(1);
    expect(replyProblems({ circuitBreaker: 5 })).toEqual([]);
  });
});

describe("an error reply", () => {
  const marked = { "x-tomodachi-reply": "error" };

  it("contains class, message and code, and the stack only if requested", () => {
    const error = Object.assign(new RangeError("no bread"), { code: "NO_BREAD" });
    const read = readErrorReply(marked, writeErrorReply(error, false));
    expect(read).toEqual({ name: "RangeError", message: "no bread", code: "NO_BREAD", stack: undefined });
    expect(readErrorReply(marked, writeErrorReply(error, true))?.stack).toContain("request.test.ts");
    expect(new AmqpRemoteError("price.get", read as never).message).toBe(
      'The request "price.get" was answered with an error: RangeError NO_BREAD: no bread',
    );
  });

  it.each([undefined, null, "text", 5, Object.create(null)])("is created from any thrown value", (thrown) => {
    expect(readErrorReply(marked, writeErrorReply(thrown, true))?.message).toBeTypeOf("string");
  });

  it("is limited in size", () => {
    expect(writeErrorReply(new Error("x".repeat(100_000)), true).length).toBeLessThan(30_000);
  });

  it.each([
    ["no JSON", { name: "Error", message: "no JSON" }],
    ["null", { name: "Error", message: "the error has no message" }],
    ['{"name":5,"message":["x"],"code":{}}', { name: "Error", message: "the error has no message" }],
  ])("is parsed with any content: %s", (body, expected) => {
    expect(readErrorReply(marked, Buffer.from(body))).toEqual({ ...expected, code: undefined, stack: undefined });
  });

  it("is not an error reply without its mark", () => {
    expect(readErrorReply({}, writeErrorReply(new Error("x"), false))).toBeUndefined();
  });
});
