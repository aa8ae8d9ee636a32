/** Options of the broker: what is refused, and what is taken where nothing is said. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../util/clock.ts";
import { resolveBrokerOptions } from "./options.ts";
import { profileOf } from "./profile.ts";

function refusal(options: object): string {
  try {
    resolveBrokerOptions(options);
  } catch (error) {
    expect(error).toMatchObject({ name: "BrokerError", code: "ERR_BROKER_OPTIONS" });
    return (error as Error).message;
  }
  return "none";
}

describe("resolveBrokerOptions", () => {
  it("uses defaults for options that are missing or undefined", () => {
    const defaults = {
      listen: { host: "127.0.0.1", port: 0 },
      users: [{ name: "guest", password: "guest" }],
      virtualHosts: ["/"],
      clock: systemClock,
      tune: { frameMax: 131_072, channelMax: 2047, heartbeatSeconds: 60 },
      limits: { maxMessageBytes: 16_777_216, consumerTimeoutSeconds: 1800 },
      profile: profileOf("4.3"),
      logger: undefined,
    };
    expect(resolveBrokerOptions({})).toEqual(defaults);
    expect(resolveBrokerOptions({ port: undefined } as object)).toEqual(defaults);
    expect(Object.isFrozen(resolveBrokerOptions({}))).toBe(true);
  });

  it("always has the virtual host / beside the named ones", () => {
    expect(resolveBrokerOptions({ virtualHosts: ["a", "b"] }).virtualHosts).toEqual(["/", "a", "b"]);
  });

  it.each<[options: object, problem: string]>([
    [{ port: -1 }, "startBroker().port must be a whole number, 0 to 65535, but -1 was given."],
    [{ port: "5672" }, "startBroker().port must be a whole number, 0 to 65535, but '5672' was given."],
    [{ host: "" }, "startBroker().host must be a string that is not empty, but '' was given."],
    [{ frameMax: 4095 }, "startBroker().frameMax must be a whole number, 4096 to 2147483647, but 4095 was given."],
    [{ frameMax: 4096 }, "startBroker().frameMax must be at least 8192, as in RabbitMQ 4.3.6, but 4096 was given."],
    [{ version: "4.2" }, 'startBroker().version must be one of "3.10", "3.13", "4.0", "4.3", but \'4.2\' was given.'],
    [{ channelMax: 0 }, "startBroker().channelMax must be a whole number, 1 to 65535, but 0 was given."],
    [
      { heartbeatSeconds: 1.5 },
      "startBroker().heartbeatSeconds must be a whole number, 0 to 65535, but 1.5 was given.",
    ],
    [{ maxMessageBytes: 0 }, "startBroker().maxMessageBytes must be a whole number, 1 to 536870912, but 0 was given."],
    [
      { consumerTimeoutSeconds: -1 },
      "startBroker().consumerTimeoutSeconds must be a whole number, 0 or more, but -1 was given.",
    ],
    [{ virtualHosts: [""] }, "startBroker().virtualHosts must be a list of strings, but [ '' ] was given."],
    [{ clock: "now" }, "startBroker().clock must be an object, but 'now' was given."],
    [{ vhosts: [] }, 'startBroker() has no option "vhosts".'],
    [{ frame_max: 1 }, 'startBroker() has no option "frame_max". Did you mean "frameMax"?'],
  ])("refuses %j by name", (options, problem) => {
    expect(refusal(options)).toContain(problem);
  });

  it.each([
    [[{ name: "ann" }]],
    [[{ password: "secret" }]],
    [[{ name: "", password: "secret" }]],
    [[{ name: "ann", password: "secret", admin: true }]],
    [[null]],
    [{ name: "ann", password: "secret" }],
  ])("refuses users %j, and shows no password", (users) => {
    const problem = "startBroker().users must be a list of { name, password }, but something else was given.";
    expect(refusal({ users })).toBe(problem);
  });

  it("names every problem at once", () => {
    expect(refusal({ port: -1, host: "" })).toMatch(/port must be.*host must be/);
  });
});
