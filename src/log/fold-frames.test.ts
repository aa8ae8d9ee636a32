import { describe, expect, it } from "vitest";
import { foldFrames, ownFrameOf } from "./fold-frames.ts";
import { createLogger } from "./logger.ts";

const own = ["file:///app/node_modules/tomodachi/dist/"];
const framework = "    at run (file:///app/node_modules/tomodachi/dist/chunks/service-1.js:10:5)";
const node = "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)";
const user = "    at Orders.onPaid (/app/orders.ts:7:11)";
const library = "    at Client.query (/app/node_modules/pg/lib/client.js:1:1)";

describe("foldFrames", () => {
  it("keeps stack frames of the user and of other libraries, and counts the others", () => {
    const stack = ["TypeError: no", library, user, framework, node, framework].join("\n");
    expect(foldFrames(stack, own).split("\n")).toEqual([
      "TypeError: no",
      library,
      user,
      "    ... 3 frames of Node.js and tomodachi",
    ]);
  });

  it("folds each run of frames separately, and keeps the order", () => {
    const stack = ["Error: a", node, user, framework, user].join("\n");
    expect(foldFrames(stack, own).split("\n")).toEqual([
      "Error: a",
      "    ... 1 frame of Node.js and tomodachi",
      user,
      "    ... 1 frame of Node.js and tomodachi",
      user,
    ]);
  });

  it("keeps the first frame of an error without user frames, also of a cause", () => {
    const stack = ["Error: a", framework, node, "caused by: Error: b", node, node, user].join("\n");
    expect(foldFrames(stack, own).split("\n")).toEqual([
      "Error: a",
      framework,
      "    ... 1 frame of Node.js and tomodachi",
      "caused by: Error: b",
      "    ... 2 frames of Node.js and tomodachi",
      user,
    ]);
  });

  it("does not change a string without stack frames", () => {
    for (const stack of ["", "Error: a", "Error: a\nb\nc"]) expect(foldFrames(stack, own)).toBe(stack);
  });

  it.each([
    ["info", "console", true],
    ["debug", "console", false],
    ["info", "json", false],
  ] as const)("is how a logger of the level %s in the form %s writes a stack: %s", async (level, form, folds) => {
    const lines: string[] = [];
    const logger = await createLogger({
      level,
      form,
      colour: false,
      destination: { write: (line) => lines.push(line) },
    });
    const error = new Error("no");
    error.stack = ["Error: no", user, node, node].join("\n");
    logger.error({ err: error }, "failed");
    expect(lines.join("").includes("2 frames of Node.js and tomodachi")).toBe(folds);
    expect(lines.join("").includes("task_queues")).toBe(!folds);
  });
});

it("names a class as its TypeScript file does", () => {
  const stack = [
    "Error: no money",
    "    at _Payments.onPaid (/shop/service/app.ts:6:46)",
    "    at async _Payments.check (/shop/service/app.mts:9:2)",
    "    at new _Payments (/shop/service/app.ts:2:1)",
    "    at _helper (/shop/service/app.ts:3:1)",
    "    at _Payments.old (/shop/service/app.js:3:1)",
  ].join("\n");
  expect(foldFrames(stack, []).split("\n").slice(1)).toEqual([
    "    at Payments.onPaid (/shop/service/app.ts:6:46)",
    "    at async Payments.check (/shop/service/app.mts:9:2)",
    "    at new Payments (/shop/service/app.ts:2:1)",
    "    at _helper (/shop/service/app.ts:3:1)",
    "    at _Payments.old (/shop/service/app.js:3:1)",
  ]);
});

describe("ownFrameOf", () => {
  const library = "    at async Pool.query (/app/node_modules/pg-pool/index.js:45:11)";

  it("finds the first frame of the user's code, also in a cause", () => {
    const stack = [
      "Error: a",
      node,
      library,
      framework,
      "caused by: Error: b",
      "    at async Object.charge (/app/pay.ts:3:9)",
      user,
    ];
    expect(ownFrameOf(stack.join("\n"), own)).toBe("Object.charge (/app/pay.ts:3:9)");
  });

  it("names a class as its TypeScript file does", () => {
    expect(ownFrameOf("Error: a\n    at _Shop.greet (/shop/app.ts:6:46)", own)).toBe("Shop.greet (/shop/app.ts:6:46)");
  });

  it("is a frame of a library if there is no other, and undefined without both", () => {
    expect(ownFrameOf(["Error: a", node, framework, library].join("\n"), own)).toBe(
      "Pool.query (/app/node_modules/pg-pool/index.js:45:11)",
    );
    expect(ownFrameOf(["Error: a", node, framework].join("\n"), own)).toBeUndefined();
    expect(ownFrameOf("", own)).toBeUndefined();
  });
});
