/** Variables with our prefix that nothing reads are found, with a suggestion; those of others are ignored. */
import { expect, it } from "vitest";
import { unknownVariables } from "./unknown-variables.ts";

const variables = {
  prefix: "TOMODACHI_",
  known: ["LOG_LEVEL", "BROKER_PORT"],
  aliases: { VERBOSITY: "LOG_LEVEL" },
  others: ["TEST_"],
};

it.each([
  ["TOMODACHI_LOGLEVEL", "TOMODACHI_LOGLEVEL (did you mean TOMODACHI_LOG_LEVEL?)"],
  ["TOMODACHI_VERBOSITY", "TOMODACHI_VERBOSITY (did you mean TOMODACHI_LOG_LEVEL?)"],
  ["tomodachi_log_level", "tomodachi_log_level (did you mean TOMODACHI_LOG_LEVEL?)"],
  ["TOMODACHI_SOMETHING_ELSE", "TOMODACHI_SOMETHING_ELSE"],
  ["TOMODACHI_toString", "TOMODACHI_toString"],
])("the check finds %s", (name, told) => {
  expect(unknownVariables({ [name]: "x" }, variables)).toEqual([told]);
});

it("every unknown variable is named", () => {
  expect(
    unknownVariables({ TOMODACHI_A_FIRST: "1", TOMODACHI_LOG_LEVEL: "info", TOMODACHI_B_OTHER: "2" }, variables),
  ).toEqual(["TOMODACHI_A_FIRST", "TOMODACHI_B_OTHER"]);
});

it.each([
  ["a known one", { TOMODACHI_LOG_LEVEL: "info" }],
  ["an empty one", { TOMODACHI_NONE: "" }],
  ["one of another program", { TOMO_LOG: "x", PATH: "x" }],
  ["one that is left to others", { TOMODACHI_TEST_ALL: "x" }],
  ["one in lower case that the system treats as the known one", { tomodachi_log_level: "x", TOMODACHI_LOG_LEVEL: "x" }],
  ["Kubernetes' host of a service", { TOMODACHI_API_SERVICE_HOST: "10.0.0.1" }],
  ["Kubernetes' named port of a service", { TOMODACHI_API_SERVICE_PORT_HTTP: "80" }],
  ["Kubernetes' link to a service", { TOMODACHI_API_PORT: "tcp://10.0.0.1:80" }],
  ["a part of such a link", { TOMODACHI_API_PORT_80_TCP_ADDR: "10.0.0.1" }],
])("the check ignores %s", (_what, environment) => {
  expect(unknownVariables(environment, variables)).toEqual([]);
});
