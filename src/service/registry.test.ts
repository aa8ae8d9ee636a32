/** What decorators store on a class, under both decorator forms. */
import { describe, expect, it } from "vitest";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { type MethodContext, registerDecorated, registerOnPrototype, registrationsOf } from "./registry.ts";

const transport = new RecordingTransport("fake", []);

/** A decorator for either form, as `amqp` makes one. */
function on(options: string): (target: unknown, second: unknown) => void {
  return (target, second) => registerDecorated(target, second, transport.trigger(options));
}

/** Applies a decorator as the compiler does under `experimentalDecorators`. */
function legacy(type: abstract new () => object, method: string, ...options: string[]): void {
  // From the bottom up.
  for (const each of options.reverse()) registerDecorated(type.prototype, method, transport.trigger(each));
}

function registered(type: unknown): string[] {
  return registrationsOf(type).map(({ method, trigger }) => `${method} ${String(trigger.options)}`);
}

class Standard {
  @on("a") first(): void {}
  @on("b") @on("c") second(): void {}
  plain(): void {}
}
class StandardChild extends Standard {
  override first(): void {}
  @on("again") override second(): void {}
  @on("d") third(): void {}
}
class StandardSibling extends Standard {
  @on("e") fourth(): void {}
}

class Legacy {
  first(): void {}
  second(): void {}
}
class LegacyChild extends Legacy {}
class LegacySibling extends Legacy {}
legacy(Legacy, "first", "a");
legacy(Legacy, "second", "b", "c");
legacy(LegacyChild, "second", "again");
legacy(LegacyChild, "third", "d");
legacy(LegacySibling, "fourth", "e");

describe.each([
  ["standard decorators", Standard, StandardChild, StandardSibling],
  ["experimentalDecorators", Legacy, LegacyChild, LegacySibling],
])("registrations with %s", (_form, parent, child, sibling) => {
  it("are in source order, and the topmost decorator of a method first", () => {
    expect(registered(parent)).toEqual(["first a", "second b", "second c"]);
  });

  it("are inherited, and replaced when a method is decorated again", () => {
    expect(registered(child)).toEqual(["first a", "second again", "third d"]);
  });

  it("of one subclass do not affect another", () => {
    expect(registered(sibling)).toEqual(["first a", "second b", "second c", "fourth e"]);
  });
});

describe("registrations", () => {
  it("may mix the two decorator forms in one class hierarchy", () => {
    class Child extends Standard {}
    legacy(Child, "third", "d");
    class Grandchild extends Child {
      @on("e") fourth(): void {}
    }
    expect(registered(Grandchild)).toEqual(["first a", "second b", "second c", "third d", "fourth e"]);
    expect(registered(Standard)).toHaveLength(3);
  });

  it("are empty for a class without decorators and for its subclass", () => {
    class Bare {}
    class Child extends Bare {}
    registerOnPrototype(Child.prototype, "own", transport.trigger());
    expect([registered(Bare), registered(Child)]).toEqual([[], ["own "]]);
  });
});

describe("a decorator in the wrong place", () => {
  const context: MethodContext = { kind: "method", name: "x", static: false, private: false, metadata: {} };

  it.each([
    ["a field", { ...context, kind: "field" }, 'a field ("x")'],
    ["an accessor", { ...context, kind: "accessor" }, 'a accessor ("x")'],
    ["a getter", { ...context, kind: "getter" }, 'a getter ("x")'],
    ["a class", { ...context, kind: "class" }, 'a class ("x")'],
    ["a static method", { ...context, static: true }, 'a static method ("x")'],
    ["a #private method", { ...context, private: true, name: "#x" }, 'a #private method ("#x")'],
  ])("is refused on %s", (_what, place, named) => {
    expect(() => registerDecorated(() => {}, place, transport.trigger("a"))).toThrow(
      expect.objectContaining({
        code: "ERR_DECORATOR_PLACE",
        message: `@fake("a") can decorate only a public instance method, not ${named}.`,
      }),
    );
  });

  it("is also refused on a static method under experimentalDecorators", () => {
    expect(() => registerDecorated(class A {}, "fixed", transport.trigger("a"))).toThrow(
      expect.objectContaining({
        code: "ERR_DECORATOR_PLACE",
        message: expect.stringContaining('static method ("fixed")'),
      }),
    );
  });

  it("is refused when the compiler emits no metadata, and the message says how to fix it", () => {
    expect(() => registerDecorated(() => {}, { ...context, metadata: undefined }, transport.trigger("a"))).toThrow(
      expect.objectContaining({ code: "ERR_DECORATOR_METADATA", message: expect.stringContaining("TypeScript 5.2") }),
    );
  });

  it("is refused when the class is evaluated", () => {
    const evaluate = (): unknown =>
      class {
        @on("a") static fixed(): void {}
        method(): void {}
      };
    expect(evaluate).toThrow(expect.objectContaining({ code: "ERR_DECORATOR_PLACE" }));
  });
});
