import { expect, it } from "vitest";
import { openApiPaths } from "./paths.ts";

it.each<[string | RegExp, [string, Record<string, string | undefined>][]]>([
  ["/", [["/", {}]]],
  ["/orders/:id", [["/orders/{id}", { id: undefined }]]],
  ["/flights/:from-:to.json", [["/flights/{from}-{to}.json", { from: undefined, to: undefined }]]],
  ["/orders/:id(^\\d+$)", [["/orders/{id}", { id: "^\\d+$" }]]],
  ["/files/*", [["/files/{rest}", { rest: undefined }]]],
  [
    "/a/:b/:c?",
    [
      ["/a/{b}", { b: undefined }],
      ["/a/{b}/{c}", { b: undefined, c: undefined }],
    ],
  ],
  [
    "/:c?",
    [
      ["/", {}],
      ["/{c}", { c: undefined }],
    ],
  ],
  ["/name::verb", [["/name:verb", {}]]],
  [/^\/orders\/(?<id>[^/]+?)\/?$/, [["/orders/{id}/", { id: "[^/]+?" }]]],
  [/\/items\/(?<sku>(?:a|b)\(\w+)-(?<size>\d+)/, [["/items/{sku}-{size}", { sku: "(?:a|b)\\(\\w+", size: "\\d+" }]]],
])("the path %s has its parameters in braces", (path, expected) => {
  const found = openApiPaths(path).map(({ path: text, parameters }) => [text, Object.fromEntries(parameters)]);
  expect(found).toEqual(expected);
});

it("a regular expression is shown as one", () => {
  expect(openApiPaths(/\/a+/)[0]?.note).toBe("The path is a regular expression: `\\/a+`.");
});
