/** The frames that an alarm holds back. */
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../amqp-wire/byte-writer.ts";
import { encodeMethod } from "../amqp-wire/methods.ts";
import { AlarmHold, isPublish } from "./alarm-hold.ts";

describe("AlarmHold", () => {
  it("keeps frames in order, and only between the start and the end of the alarm", () => {
    const hold = new AlarmHold();
    hold.keep(1, 1, Buffer.from("before"));
    expect([hold.active, hold.end()]).toEqual([false, []]);
    hold.begin();
    expect(hold.active).toBe(true);
    hold.keep(1, 1, Buffer.from("a"));
    hold.begin();
    hold.keep(3, 2, Buffer.from("b"));
    expect(hold.end()).toEqual([
      [1, 1, Buffer.from("a")],
      [3, 2, Buffer.from("b")],
    ]);
    expect([hold.active, hold.end()]).toEqual([false, []]);
  });

  it("keeps its own copy of the bytes, because the chunk they came in is reused", () => {
    const hold = new AlarmHold();
    const chunk = Buffer.from("old");
    hold.begin();
    hold.keep(3, 1, chunk);
    chunk.write("new");
    expect(hold.end()).toEqual([[3, 1, Buffer.from("old")]]);
  });
});

describe("isPublish", () => {
  function payloadOf(name: "basic.publish" | "basic.ack"): Buffer {
    const writer = new ByteWriter();
    if (name === "basic.ack") encodeMethod(writer, { name, deliveryTag: 1, multiple: false });
    else encodeMethod(writer, { name, exchange: "", routingKey: "", mandatory: false, immediate: false });
    return writer.cut();
  }

  it("is true for basic.publish only", () => {
    expect(isPublish(1, payloadOf("basic.publish"))).toBe(true);
    expect(isPublish(1, payloadOf("basic.ack"))).toBe(false);
    expect(isPublish(2, payloadOf("basic.publish"))).toBe(false);
    expect(isPublish(1, Buffer.alloc(3))).toBe(false);
    expect(isPublish(8, Buffer.alloc(0))).toBe(false);
  });
});
