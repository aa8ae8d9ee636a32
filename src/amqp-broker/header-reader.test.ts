/** Eight octets, wherever they are cut. */
import { describe, expect, it } from "vitest";
import { protocolHeader } from "../amqp-wire/constants.ts";
import { HeaderReader } from "./header-reader.ts";

describe("HeaderReader", () => {
  it("gives what follows the header, wherever the two are cut", () => {
    const bytes = Buffer.concat([protocolHeader, Buffer.from("rest")]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new HeaderReader();
      const first = reader.take(bytes.subarray(0, cut));
      if (cut < protocolHeader.length) {
        expect(first, `cut at ${cut}`).toBeUndefined();
        expect(reader.take(bytes.subarray(cut))).toEqual(Buffer.from("rest"));
      } else expect(first).toEqual(bytes.subarray(protocolHeader.length, cut));
    }
  });

  it("takes the header one octet at a time", () => {
    const reader = new HeaderReader();
    const results = [...protocolHeader].map((octet) => reader.take(Buffer.from([octet])));
    expect(results.slice(0, -1)).toEqual(Array(7).fill(undefined));
    expect(results.at(-1)).toEqual(Buffer.alloc(0));
  });

  it("says as soon as it can that it is another protocol", () => {
    expect(new HeaderReader().take(Buffer.from("G"))).toBe("wrong");
    expect(new HeaderReader().take(Buffer.from("GET / HTTP/1.1\r\n"))).toBe("wrong");
    const amqp10 = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 0]);
    expect(new HeaderReader().take(amqp10)).toBe("wrong");
    const slow = new HeaderReader();
    expect(slow.take(amqp10.subarray(0, 5))).toBeUndefined();
    expect(slow.take(amqp10.subarray(5, 6))).toBe("wrong");
  });
});
