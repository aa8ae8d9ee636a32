/** Counts of deliveries: a queue's own, and those that senders write. */
import { expect, it } from "vitest";
import { deliveryCountOf } from "./delivery-count.ts";

it.each<[string, Record<string, unknown>, number]>([
  ["no header", {}, 0],
  ["a queue that counts nothing else (RabbitMQ before 4.3)", { "x-delivery-count": 7 }, 7],
  ["a queue that counts both", { "x-delivery-count": 2, "x-acquired-count": 2 }, 2],
  ["a message that was also put back", { "x-delivery-count": 2, "x-acquired-count": 9 }, 2],
  [
    "a count that a sender wrote, above every delivery of the queue",
    { "x-delivery-count": 99, "x-acquired-count": 1 },
    0,
  ],
  ["a string", { "x-delivery-count": "99" }, 0],
  ["a count of acquisitions that no queue writes on a redelivery", { "x-delivery-count": 5, "x-acquired-count": 0 }, 5],
  ["a string as the count of acquisitions", { "x-delivery-count": 5, "x-acquired-count": "1" }, 5],
])("reads %s", (_case, headers, expected) => {
  expect(deliveryCountOf(headers)).toBe(expected);
});
