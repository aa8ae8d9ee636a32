/** Queue names: Python's, readable ones, and what becomes of long ones. */
import { describe, expect, it } from "vitest";
import { pythonVectors } from "../../../../test/vectors/python-vectors.ts";
import {
  deadLetterQueueName,
  givenQueueName,
  MAX_QUEUE_NAME_BYTES,
  perInstanceQueueName,
  pythonQueueName,
  queueTemplateOf,
  readableQueueName,
} from "./queue-name.ts";
import { encodeRoutingKey } from "./routing-key.ts";

const TOO_LONG = expect.objectContaining({ code: "ERR_AMQP_QUEUE_NAME_TOO_LONG" });

describe("pythonQueueName", () => {
  it.each(pythonVectors.queues)("names the queue of $function under $option_set as Python does", (row) => {
    const { queue_name_prefix: prefix, routing_key_prefix: keyPrefix } = row.options;
    const name =
      row.queue_name === null
        ? pythonQueueName({
            prefix,
            routingKey: row.routing_key,
            competing: row.competing ?? false,
            functionName: row.function,
            uuid: row.uuid,
          })
        : givenQueueName(row.queue_name, prefix);
    expect(name).toBe(row.declared_queue);
    expect(row.bindings.map(([, key]) => key)).toEqual([encodeRoutingKey(row.routing_key, keyPrefix)]);
  });

  it("refuses a prefix that is too long", () => {
    const owner = { routingKey: "k", competing: true, functionName: "f", uuid: "u" };
    expect(pythonQueueName({ ...owner, prefix: "p".repeat(166) })).toHaveLength(230);
    expect(() => pythonQueueName({ ...owner, prefix: "p".repeat(167) })).toThrow(TOO_LONG);
  });
});

describe("readableQueueName", () => {
  const owner = { service: "orders", method: "onPaid", pattern: "order.*.paid" };

  it("contains the service, the method and the pattern", () => {
    expect(readableQueueName(owner)).toBe("orders.onPaid:order.*.paid");
    expect(readableQueueName({ ...owner, prefix: "stage-" })).toBe("stage-orders.onPaid:order.*.paid");
  });

  it("shortens a long name at a character boundary, and ends it with a hash of the whole", () => {
    for (let shift = 0; shift < 4; shift++) {
      const name = readableQueueName({ ...owner, service: `${"x".repeat(shift)}${"🚀".repeat(60)}` });
      expect(name).toMatch(/^x*(🚀)+~[0-9a-f]{16}$/u);
      expect(Buffer.byteLength(name)).toBeGreaterThan(MAX_QUEUE_NAME_BYTES - 4);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(MAX_QUEUE_NAME_BYTES);
    }
  });

  it("gives different long names, and the same one at each start", () => {
    const pattern = "k".repeat(250);
    const names = [`${pattern}a`, `${pattern}b`, `${pattern}a`].map((key) =>
      readableQueueName({ ...owner, pattern: key }),
    );
    expect(names[0]).not.toBe(names[1]);
    expect(names[0]).toBe(names[2]);
  });

  it("does not shorten a name of exactly the limit", () => {
    const pattern = "k".repeat(230 - "orders.onPaid:".length);
    expect(readableQueueName({ ...owner, pattern })).toBe(`orders.onPaid:${pattern}`);
    expect(readableQueueName({ ...owner, pattern: `${pattern}k` })).toContain("~");
  });
});

describe("givenQueueName", () => {
  it("puts the prefix before the name", () => {
    expect(givenQueueName("mail", "stage-")).toBe("stage-mail");
    expect(givenQueueName("mail")).toBe("mail");
  });

  it("refuses a name that is longer than 230 bytes, with the name and its size", () => {
    expect(givenQueueName("ö".repeat(115))).toHaveLength(115);
    expect(() => givenQueueName("ö".repeat(115), "p")).toThrow(TOO_LONG);
    expect(() => givenQueueName("ö".repeat(115), "p")).toThrow(/"pö+" has 231 bytes/);
  });
});

describe("names derived from a name", () => {
  it("appends the instance to a queue of one instance", () => {
    expect(perInstanceQueueName("orders.onPaid:k", "u-1")).toBe("orders.onPaid:k.u-1");
    expect(Buffer.byteLength(perInstanceQueueName("n".repeat(230), "u".repeat(36)))).toBe(MAX_QUEUE_NAME_BYTES);
    expect(perInstanceQueueName("n".repeat(230), "u-1")).not.toBe(perInstanceQueueName("n".repeat(230), "u-2"));
  });

  it("appends .dlq for the dead-letter queue", () => {
    expect(deadLetterQueueName("orders.onPaid:k")).toBe("orders.onPaid:k.dlq");
  });
});

describe("queueTemplateOf", () => {
  const service = { name: "orders", uuid: "a1b2" };

  it.each([
    ["a queue that instances share", { queueName: "paid.a1b2", perInstance: false }, "paid.a1b2"],
    ["an instance's own queue", { queueName: perInstanceQueueName("paid", "a1b2"), perInstance: true }, "paid"],
    ["a name that is a hash", { queueName: "0f3c", perInstance: true }, "orders.onPaid"],
  ])("of %s contains no instance", (_of, queue, template) => {
    expect(queueTemplateOf(queue, service, "onPaid")).toBe(template);
  });
});
