import { expect, it } from "vitest";
import { nameProblem, serviceClassName, similarName } from "./project-name.ts";

it.each(["orders", "order-desk", "a", "2fa"])("takes %s", (name) => {
  expect(nameProblem(name)).toBeUndefined();
});

it.each(["", "Orders", "order_desk", "-a", "a-", "a/b", "../x", "a".repeat(62), "@scope/x"])("refuses %j", (name) => {
  expect(nameProblem(name)).toContain("small letters");
});

it.each([
  ["OrderDesk", "order-desk"],
  ["order_desk", "order-desk"],
  ["@scope/x", "scope-x"],
  ["...", undefined],
])("makes a name of %s", (word, name) => {
  expect(similarName(word)).toBe(name);
});

it.each([
  ["orders", "Orders"],
  ["order-desk", "OrderDesk"],
  ["2fa", "Service2fa"],
])("names the class of %s", (name, className) => {
  expect(serviceClassName(name)).toBe(className);
});
