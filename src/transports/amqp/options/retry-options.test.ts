/** The option `retry`: accepted values, errors, and the resolved policy. */
import { describe, expect, it } from "vitest";
import { fieldProblems } from "../../../util/check-fields.ts";
import { type RetryOptions, resolveRetry, retryCheck, retryProblems } from "./retry-options.ts";

const problemsOf = (retry: unknown): string[] => fieldProblems({ retry }, "options", { retry: retryCheck });

describe("the retry option", () => {
  it.each([
    false,
    {},
    { delays: ["500ms", 5, "1m", "24h"] },
    { delays: [], quick: 3 },
    { delays: ["5s"], attempts: 9, quick: 0, jitter: "2s", when: () => true },
  ])("is accepted: %j", (retry) => {
    expect(problemsOf(retry)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [true, "options.retry must be an object such as"],
    [3, "options.retry must be an object such as"],
    [{ delay: ["5s"] }, 'options.retry has no option "delay". Did you mean "delays"?'],
    [{ delays: "5s" }, "options.retry.delays must be a list of durations"],
    [{ delays: ["5"] }, "options.retry.delays must be a list of durations"],
    [{ delays: [0] }, "each from 1ms"],
    [{ delays: ["50d"] }, "options.retry.delays must be a list of durations"],
    [{ attempts: 0 }, "options.retry.attempts must be a whole number"],
    [{ quick: 21 }, "options.retry.quick must be a whole number, 0 to 20"],
    [{ jitter: "3s" }, "options.retry.jitter must be a duration"],
    [{ when: true }, "options.retry.when must be a function"],
  ])("is refused: %j", (retry, text) => {
    expect(problemsOf(retry)).toEqual([expect.stringContaining(text)]);
  });
});

describe("the resolved retry policy", () => {
  const when = (): boolean => true;

  it.each<[RetryOptions, object]>([
    [{ delays: ["5s", 60] }, { delaysMs: [5000, 60_000], attempts: 3, quick: 0, jitterMs: 0, when: undefined }],
    [
      { quick: 2, jitter: "1s", when },
      { delaysMs: [], attempts: 3, quick: 2, jitterMs: 1000, when },
    ],
    [
      { delays: ["5s"], quick: 2, attempts: 7 },
      { delaysMs: [5000], attempts: 7, quick: 2 },
    ],
  ])("%j is %j", (given, policy) => {
    expect(resolveRetry(given)).toMatchObject(policy);
  });

  it("is empty for false and for no option", () => {
    expect([resolveRetry(false), resolveRetry(undefined)]).toEqual([undefined, undefined]);
  });
});

describe("a contradiction in the retry option", () => {
  const problems = (retry: RetryOptions | undefined, heldSeconds?: number): string[] =>
    retryProblems(resolveRetry(retry), heldSeconds);

  it("is more attempts than delays allow", () => {
    expect(problems({ attempts: 3 })).toEqual([expect.stringContaining("without delays there are 1 runs")]);
    expect(problems({ quick: 2, attempts: 4 })).toEqual([expect.stringContaining("without delays there are 3 runs")]);
    expect([problems({ quick: 2, attempts: 3 }), problems({ attempts: 1 }), problems(undefined)]).toEqual([[], [], []]);
  });

  it("is a longer wait in the process than the broker allows, if retries wait there", () => {
    const retry = { delays: ["1m", "5m"], attempts: 5, quick: 1 } as const;
    expect(problems(retry, 660)).toEqual([]);
    expect(problems(retry, 659)).toEqual([expect.stringContaining("11m in total")]);
    expect(problems(retry)).toEqual([]);
  });
});
