import { describe, expect, it } from "vitest";
import { parseArguments } from "../arguments.ts";
import type { Environment } from "../common/run-surroundings.ts";
import { hasPage } from "./page-settings.ts";

function isShown(words: string, environment: Environment = {}, terminal = true): boolean {
  const command = parseArguments(["run", "app.ts", ...words.split(" ").filter(Boolean)], environment);
  if (command.kind !== "run") throw new Error(command.kind);
  const { production, development } = command.settings;
  return hasPage(development.page, { production, environment, terminal });
}

describe("the console of a run", () => {
  it("is on in development on a terminal, and elsewhere on request", () => {
    expect(isShown("")).toBe(true);
    expect(isShown("", {}, false)).toBe(false);
    expect(isShown("--console", {}, false)).toBe(true);
    expect(isShown("--console-port 0", {}, false)).toBe(true);
    expect(isShown("", { TOMODACHI_CONSOLE: "on" }, false)).toBe(true);
    expect(isShown("", { TOMODACHI_CONSOLE_PORT: "4700" }, false)).toBe(false);
  });

  it("is turned off by an option or a variable", () => {
    expect(isShown("--no-console")).toBe(false);
    expect(isShown("", { TOMODACHI_CONSOLE: "off" })).toBe(false);
    expect(isShown("--console", { TOMODACHI_CONSOLE: "off" })).toBe(true);
    expect(isShown("--no-console", { TOMODACHI_CONSOLE: "on" })).toBe(false);
  });

  it("is always off in production", () => {
    expect(isShown("--production")).toBe(false);
    expect(isShown("", { NODE_ENV: "production" })).toBe(false);
    expect(isShown("", { KUBERNETES_SERVICE_HOST: "10.0.0.1" })).toBe(false);
    expect(isShown("", { NODE_ENV: "production", TOMODACHI_CONSOLE: "on" })).toBe(false);
    expect(() => isShown("--production --console")).toThrow("--console cannot be used here");
    expect(() => isShown("--console-port 0", { NODE_ENV: "production" })).toThrow('NODE_ENV is "production"');
  });

  it("refuses contradictions and invalid values", () => {
    expect(() => isShown("--console --no-console")).toThrow("given together");
    expect(() => isShown("--console-port many")).toThrow("a port must be a whole number");
    expect(() => isShown("", { TOMODACHI_CONSOLE: "maybe" })).toThrow('TOMODACHI_CONSOLE cannot be "maybe"');
    expect(() => isShown("--redact=")).toThrow("--redact has no value");
  });
});
