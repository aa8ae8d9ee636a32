import { expect, it } from "vitest";
import { nameProblem, serviceClassName, similarName } from "./project-name.ts";

it.each(["orders", "order-desk", "a", "2fa"])("%s is a valid project name", (name) => {
  expect(nameProblem(name)).toBeUndefined();
});

it.each(["", "Orders", "order_desk", "-a", "a-", "a/b", "../x", "a".repeat(62), "@scope/x"])(
  "%j is not a valid project name",
  (name) => {
    expect(nameProblem(name)).toContain("small letters");
  },
);

it.each([
  ["OrderDesk", "order-desk"],
  ["order_desk", "order-desk"],
  ["@scope/x", "scope-x"],
  ["...", undefined],
])("a project name is suggested for %s", (word, name) => {
  expect(similarName(word)).toBe(name);
});

it.each([
  ["orders", "Orders"],
  ["order-desk", "OrderDesk"],
  ["2fa", "Service2fa"],
])("the class name is derived from %s", (name, className) => {
  expect(serviceClassName(name)).toBe(className);
});
