/** A caller that waits for a change is forgotten when the change came, and when it did not come in time. */
import { describe, expect, it } from "vitest";
import { Recorder } from "./recorder.ts";

describe("waiting for a change", () => {
  it("leaves no listener or timer behind after a timeout", async () => {
    const recorder = new Recorder();
    await Promise.all([recorder.changed(0), recorder.changed(1)]);
    expect(recorder.waiting).toBe(0);
  });

  it("ends for every waiting caller when something changes, and leaves nothing behind", async () => {
    const recorder = new Recorder();
    const changes = [recorder.changed(60_000), recorder.changed(60_000)];
    recorder.end(new Error("over"));
    await Promise.all(changes);
    expect(recorder.waiting).toBe(0);
  });
});
