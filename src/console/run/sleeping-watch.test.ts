import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SleepingRoom } from "./sleeping-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const taken = (room: SleepingRoom, asked: number): number =>
  Array.from({ length: asked }, () => room.take()).filter(Boolean).length;

it("gives room for 20 messages, and for 20 more half a second after the first", () => {
  let refills = 0;
  const room = new SleepingRoom(() => refills++);
  expect(taken(room, 100)).toBe(20);
  vi.advanceTimersByTime(499);
  expect(room.take()).toBe(false);
  vi.advanceTimersByTime(1);
  expect([taken(room, 100), refills]).toEqual([20, 1]);
});

it("has a timer only after a message came", () => {
  const room = new SleepingRoom(() => {});
  expect(vi.getTimerCount()).toBe(0);
  room.take();
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(500);
  expect(vi.getTimerCount()).toBe(0);
});

it("has neither room nor a timer after it is closed", () => {
  const room = new SleepingRoom(() => {});
  room.take();
  room.close();
  expect([room.take(), vi.getTimerCount()]).toEqual([false, 0]);
});
