import { expect, it } from "vitest";
import { fieldProblems } from "../util/check-fields.ts";
import {
  type OperationsOptions,
  operationsChecks,
  resolveOperations,
  settingsWithoutPort,
} from "./operations-options.ts";

const token = "0123456789abcdef";
const services = (...all: readonly (OperationsOptions | undefined)[]) =>
  all.map((operations, index) => ({ name: `s${index}`, options: operations === undefined ? {} : { operations } }));

it("the operations port is closed by default", () => {
  expect(resolveOperations(services(undefined, { host: "0.0.0.0", token }), {})).toBeUndefined();
  expect(resolveOperations(services(undefined), { TOMODACHI_OPERATIONS_PORT: "" })).toBeUndefined();
});

it("the settings that need a port are named when there is none", () => {
  const set = (given: readonly (OperationsOptions | undefined)[], environment = {}) =>
    settingsWithoutPort(services(...given), environment);
  expect(set([undefined])).toBeUndefined();
  expect(set([{ host: "0.0.0.0", token }, undefined])).toBe(
    "options.operations.host and options.operations.token are set, but no port is set, so the operations port is not opened. Set options.operations.port, TOMODACHI_OPERATIONS_PORT or --operations-port.",
  );
  expect(set([undefined], { TOMODACHI_OPERATIONS_TOKEN: token, TOMODACHI_OPERATIONS_HOST: "" })).toMatch(
    /^TOMODACHI_OPERATIONS_TOKEN is set, but no port is/,
  );
  expect(set([{ token, port: 70_000 }])).toBeUndefined();
});

it("operations options come from the services, and the environment overrides them", () => {
  expect(resolveOperations(services(undefined, { port: 9464 }, { port: 9464, token }), {})).toEqual({
    port: 9464,
    host: "127.0.0.1",
    token,
  });
  const environment = {
    TOMODACHI_OPERATIONS_PORT: " 0 ",
    TOMODACHI_OPERATIONS_HOST: "::1",
    TOMODACHI_OPERATIONS_TOKEN: "another-token-of-16",
  };
  expect(resolveOperations(services({ port: 9464, token }), environment)).toEqual({
    port: 0,
    host: "::1",
    token: "another-token-of-16",
  });
});

it("services with different operations options are refused by name", () => {
  expect(() => resolveOperations(services({ port: 1 }, undefined, { port: 2 }), {})).toThrow(
    /"s0" and "s2" have different values in options\.operations\.port/,
  );
});

it("wrong environment variables are refused by name, without showing a token", () => {
  for (const port of ["65536", "-1", "http", "1.5"]) {
    expect(() => resolveOperations([], { TOMODACHI_OPERATIONS_PORT: port })).toThrow(
      `TOMODACHI_OPERATIONS_PORT must be a port, 0 to 65535, but "${port}" was given.`,
    );
  }
  expect(() => resolveOperations([], { TOMODACHI_OPERATIONS_PORT: "tcp://10.0.0.1:80" })).toThrow("enableServiceLinks");
  const withPort = { TOMODACHI_OPERATIONS_PORT: "0" };
  expect(() => resolveOperations([], { ...withPort, TOMODACHI_OPERATIONS_HOST: "http://x" })).toThrow(
    "TOMODACHI_OPERATIONS_HOST must be",
  );
  expect(() => resolveOperations([], { ...withPort, TOMODACHI_OPERATIONS_TOKEN: "short" })).toThrow(
    /^TOMODACHI_OPERATIONS_TOKEN must be a string of at least 16 visible ASCII characters\.$/,
  );
});

it("wrong operations options are left to the check of each service", () => {
  const wrong = { port: 70_000, host: "a b", token: "short", tokens: 1 };
  expect(resolveOperations(services(wrong as OperationsOptions), {})).toBeUndefined();
  const problems = fieldProblems(wrong, "options.operations", operationsChecks);
  expect(problems).toHaveLength(4);
  expect(problems.join()).not.toContain("short");
});
