/** What is the same when it is declared again. */
import { describe, expect, it } from "vitest";
import { type PlainArguments, queueProperties } from "../../test/support/fake-queue-host.ts";
import { longString } from "../amqp-wire/field-table.ts";
import { checkSameArguments, checkSameField } from "./equivalence.ts";

const subject = { kind: "queue", name: "q", virtualHost: "/" } as const;
const tableOf = (plain: PlainArguments) => queueProperties({ arguments: plain }).arguments;

function compare(received: PlainArguments, current: PlainArguments): void {
  checkSameArguments(subject, ["x-expires", "x-queue-type"], tableOf(received), tableOf(current));
}

function different(difference: string, field = "x-expires"): unknown {
  const message = `PRECONDITION_FAILED - inequivalent arg '${field}' for queue 'q' in vhost '/': ${difference}`;
  return expect.objectContaining({ scope: "channel", replyCode: 406, message });
}

describe("checkSameField", () => {
  it("accepts equal fields, and names the first difference", () => {
    checkSameField(subject, "durable", true, true);
    expect(() => checkSameField(subject, "durable", false, true)).toThrow(
      different("received 'false' but current is 'true'", "durable"),
    );
  });
});

describe("checkSameArguments", () => {
  it("accepts equal arguments and arguments that are not compared", () => {
    compare({}, {});
    compare({ "x-expires": 1, "x-other": "a" }, { "x-expires": 1, "x-other": "b" });
  });

  it("treats integers of any width as equal, but never a number and a string", () => {
    compare({ "x-expires": { type: "b", value: 1 } }, { "x-expires": { type: "l", value: 1 } });
    expect(() => compare({ "x-expires": "1" }, { "x-expires": 1 })).toThrow(
      different("received '1' but current is '1'"),
    );
    const octets = { type: "x", value: Buffer.from("1") } as const;
    expect(() => compare({ "x-expires": octets }, { "x-expires": longString("1") })).toThrow("inequivalent");
  });

  it("names an argument that differs or is missing on either side", () => {
    expect(() => compare({ "x-expires": 1 }, { "x-expires": 2 })).toThrow(different("received '1' but current is '2'"));
    expect(() => compare({ "x-expires": 1 }, {})).toThrow(
      different("received the value '1' of type 'long' but current is none"),
    );
    expect(() => compare({}, { "x-expires": "a" })).toThrow(
      different("received none but current is the value 'a' of type 'longstr'"),
    );
  });

  it("treats a queue without a type as a classic queue", () => {
    compare({ "x-queue-type": "classic" }, {});
    compare({}, { "x-queue-type": "classic" });
    expect(() => compare({ "x-queue-type": "quorum" }, {})).toThrow(
      different("received 'quorum' but current is 'classic'", "x-queue-type"),
    );
    expect(() => compare({ "x-queue-type": "classic" }, { "x-queue-type": "quorum" })).toThrow("inequivalent");
  });
});
