/** RawBytes: bytes in, bytes out. */
import { expect, it } from "vitest";
import { Service } from "../service/service.ts";
import { RawBytes } from "./raw-bytes.ts";

class Sender extends Service {
  name = "sender";
}

it("RawBytes publishes bytes and strings unchanged", () => {
  for (const data of [Buffer.from([0, 255]), new Uint8Array([1]), "text"]) {
    expect(RawBytes.buildMessage(new Sender(), "t", data, {})).toBe(data);
  }
});

it.each([
  [null],
  [undefined],
  [1],
  [{ a: 1 }],
  [[1]],
  [new ArrayBuffer(1)],
  [new Uint16Array(1)],
  [Object.create(null)],
])("RawBytes refuses to publish anything else", (data) => {
  const build = (): unknown => RawBytes.buildMessage(new Sender(), "t", data, {});
  expect(build).toThrow(expect.objectContaining({ code: "ERR_ENVELOPE_UNBUILDABLE" }));
});

it("RawBytes delivers a copy of the body, without a uuid", async () => {
  const payload = Buffer.from([0, 255, 10]);
  const parsed = await RawBytes.parseMessage(payload, {});
  payload.fill(1);
  expect(parsed).toEqual({ message: Buffer.from([0, 255, 10]) });
});
