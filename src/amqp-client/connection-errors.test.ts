import { expect, it } from "vitest";
import { guestHint, unreachable } from "./connection-errors.ts";
import { AmqpConnectionError } from "./errors.ts";

it("a refused guest is told about localhost only where the broker is on another machine", () => {
  expect(guestHint("guest", { host: "rabbit.example" })).toBe(' RabbitMQ accepts "guest" only from localhost.');
  expect(guestHint("guest", { host: "127.0.0.1" })).toBe("");
  expect(guestHint("orders", { host: "rabbit.example" })).toBe("");
});

it("only a command names the embedded broker where no broker can be reached", () => {
  const failures = [new AmqpConnectionError("ERR_AMQP_UNREACHABLE", "Unable to connect")];
  const place = { path: "options.amqp", variables: true };
  expect(unreachable(failures, "once", place).message).toBe(
    "Unable to connect. Start the broker, or set its address: --broker, TOMODACHI_AMQP_URL or options.amqp. `tomodachi broker` starts one for development.",
  );
  expect(unreachable(failures, 3, place).message).not.toContain("tomodachi broker");
});
