import { expect, it } from "vitest";
import { serviceHealth, type TransportHealth } from "./health.ts";

const well: TransportHealth = { transport: "a", healthy: true, reasons: [], connections: [], consumers: [] };
const ill: TransportHealth = { ...well, transport: "b", healthy: false, reasons: ["lost"] };

it("a service is healthy when every transport is, and reports the reasons of unhealthy ones", () => {
  expect(serviceHealth("orders", [well])).toEqual({
    service: "orders",
    healthy: true,
    reasons: [],
    transports: [well],
  });
  expect(serviceHealth("orders", [well, ill])).toMatchObject({ healthy: false, reasons: ["lost"] });
  expect(serviceHealth("orders", [ill], "stopped")).toMatchObject({ healthy: false, reasons: ["stopped", "lost"] });
});
