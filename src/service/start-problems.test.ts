/** One error lists everything that is wrong with a start, sorted by place. */
import { describe, expect, it } from "vitest";
import { refuseProblems, ServiceError } from "./errors.ts";
import { StartProblems } from "./start-problems.ts";

function refusalOf(...checks: readonly (() => void)[]): Error & { readonly code?: string } {
  const problems = new StartProblems();
  for (const check of checks) problems.collect(check);
  try {
    problems.refuse();
  } catch (error) {
    return error as Error;
  }
  throw new Error("It was not refused.");
}

describe("the error of collected problems", () => {
  it("is the original error if there is only one", () => {
    const only = new ServiceError("ERR_SERVICE_EMPTY", "no handlers");
    expect(refusalOf(() => {}, throwing(only))).toBe(only);
  });

  it("lists the problems of each place together, then those without a place", () => {
    const refused = refusalOf(
      () => refuseProblems('The service "orders"', ["options.a is wrong."]),
      () => refuseProblems("@amqp orders.on", ["options.c is wrong."]),
      throwing(new ServiceError("ERR_HANDLER_KIND", "The handler is a class.")),
      () => refuseProblems('The service "orders"', ["options.b is wrong."]),
    );
    expect(refused).toMatchObject({ code: "ERR_CONFIGURATION", cause: { code: "ERR_HANDLER_KIND" } });
    expect(refused.message.split("\n")).toEqual([
      'The service "orders" is configured wrongly:',
      "  - options.a is wrong.",
      "  - options.b is wrong.",
      "@amqp orders.on is configured wrongly:",
      "  - options.c is wrong.",
      "The handler is a class.",
    ]);
  });

  it("does not hide an error with another code", () => {
    const bug = new TypeError("a bug");
    expect(() => new StartProblems().collect(throwing(bug))).toThrow(bug);
  });
});

function throwing(error: Error): () => void {
  return () => {
    throw error;
  };
}
