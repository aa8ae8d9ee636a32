import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { Cancellations } from "./cancellations.ts";

it("a cancellation listens once to each signal, while it can cancel anything", () => {
  const cancellations = new Cancellations();
  const controller = new AbortController();
  const { signal } = controller;
  const cancelled: number[] = [];
  const forget = [1, 2, 3].map((number) => cancellations.add(signal, () => void cancelled.push(number)));
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (const end of forget) end();
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  const end = cancellations.add(signal, () => {
    cancelled.push(4);
    end();
  });
  cancellations.add(signal, () => void cancelled.push(5));
  forget[0]?.();
  controller.abort();
  expect(cancelled).toEqual([4, 5]);
});
