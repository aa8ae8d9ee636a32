import { expect, it } from "vitest";
import type { OtherHandlerView, PlanView, SubscriptionView } from "../view/plan-view.ts";
import { drawnServices } from "./drawn-services.ts";

function planOf(services: readonly string[], queuesOf: readonly string[], routesOf: readonly string[]): PlanView {
  return {
    services,
    subscriptions: queuesOf.map((service) => ({ service }) as SubscriptionView),
    others: routesOf.map((service): OtherHandlerView => ({ service, handler: "onGet", label: "GET /" })),
  } as unknown as PlanView;
}

it("the diagram draws services with queues first, then those with routes or schedules, and only names the others", () => {
  const { drawn, withoutHandlers } = drawnServices(planOf(["sender", "web", "orders", "idle"], ["orders"], ["web"]));
  expect(drawn.map(({ name }) => name)).toEqual(["orders", "web"]);
  expect(withoutHandlers).toEqual(["sender", "idle"]);
});

it("the diagram keeps the order of services with queues", () => {
  const { drawn } = drawnServices(planOf(["b", "a", "c"], ["a", "b", "c"], ["a"]));
  expect(drawn.map(({ name }) => name)).toEqual(["b", "a", "c"]);
});
