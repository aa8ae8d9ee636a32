/** What a transport's decorator is: a decorator of both forms, and a trigger. */
import { expect, it } from "vitest";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { createDecorator, type HandlerDecorator } from "./decorator.ts";
import { defineService, on } from "./define-service.ts";
import { registrationsOf } from "./registry.ts";
import { Service } from "./service.ts";
import type { TransportDefinition } from "./transport.ts";

const transport = new RecordingTransport("files", []);

function file(ending: string): HandlerDecorator<string, unknown> {
  return createDecorator(transport, ending, `@file("${ending}")`);
}

class Decorated extends Service {
  name = "inbox";
  @file(".txt") onFile(_data: string): void {}
}

class Legacy extends Service {
  name = "inbox";
  onFile(_data: string): void {}
}
const { value } = Object.getOwnPropertyDescriptor(Legacy.prototype, "onFile") as { value: Legacy["onFile"] };
file(".txt")(Legacy.prototype, "onFile", { value });

const Defined = defineService({ name: "inbox", handlers: { onFile: on(file(".txt"), () => {}) } });

it.each([
  ["a standard decorator", Decorated],
  ["a decorator of experimentalDecorators", Legacy],
  ["a trigger for on()", Defined],
])("registers a method as %s", (_form, type) => {
  expect(registrationsOf(type)).toEqual([
    { method: "onFile", trigger: { transport, options: ".txt", label: '@file(".txt")' } },
  ]);
});

it.each([
  [undefined, /undefined is not a transport definition: it has no create\(\)/],
  [{ name: "files" }, /has no create\(\)/],
  [{ name: "", create() {} }, /also its group in a service's options, and "" cannot be one/],
  [{ name: "my files", create() {} }, /"my files" cannot be one. Write a word in camelCase/],
  [{ name: "terminationGracePeriodSeconds", create() {} }, /cannot be one/],
])("%j is refused, because it is not a definition", (definition, words) => {
  const make = (): unknown => createDecorator(definition as unknown as TransportDefinition<string>, "", "@file()");
  expect(make).toThrow(expect.objectContaining({ code: "ERR_TRANSPORT_INVALID" }));
  expect(make).toThrow(words);
});
