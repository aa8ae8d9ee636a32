import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Service } from "../../service/service.ts";
import { servicesIn, withoutBases } from "./exported-services.ts";

class Orders extends Service {
  name = "orders";
}
class Alerts extends Service {
  name = "alerts";
}
class Special extends Orders {}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "exported-services-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function found(namespace: object, file: string): unknown[] {
  return servicesIn(namespace, file).map(({ source }) => source);
}

function fileWith(source: string): string {
  const file = join(folder, "app.ts");
  writeFileSync(file, source);
  return file;
}

describe("servicesIn", () => {
  it("keeps the order of the source, not of the names", () => {
    const file = fileWith("export class Orders extends Service {}\nexport class Alerts extends Service {}");
    expect(found({ Alerts, Orders }, file)).toEqual([Orders, Alerts]);
  });

  it("finds a class once, even with several names", () => {
    expect(found({ Orders, default: Orders }, fileWith(""))).toEqual([Orders]);
  });

  it.each([
    ["under default", { default: { Orders } }],
    ["under default twice", { default: { __esModule: true, default: Orders } }],
    ["beside default", { Orders, default: { Orders }, "module.exports": { Orders } }],
  ])("finds what a CommonJS module exports %s", (_where, namespace) => {
    expect(found(namespace, fileWith(""))).toEqual([Orders]);
  });

  it("lists the exports if there is no service", () => {
    const file = fileWith("");
    expect(() => servicesIn({ a: 1, b: 2 }, file)).toThrow(`No service is exported from ${file}; it exports: a, b.`);
    expect(() => servicesIn({}, file)).toThrow("it exports nothing. Write `export class Orders extends Service");
  });

  it("names a service class that is not exported", () => {
    expect(() => servicesIn({}, fileWith("class Orders extends Service {}"))).toThrow("`export class Orders`");
  });

  it.each([["default"], ["orders"]])("accepts an instance that is exported as %s", (name) => {
    const orders = new Orders();
    expect(found({ [name]: orders }, fileWith(""))).toEqual([orders]);
  });

  it.each([
    ["an ES module", (factory: unknown) => ({ Orders, default: factory })],
    ["module.exports", (factory: unknown) => ({ default: factory, "module.exports": factory })],
    ["exports.default", (factory: unknown) => ({ default: { __esModule: true, Orders, default: factory } })],
  ])("accepts a function that is the default export of %s as the factory of all services", (_what, namespaceWith) => {
    const factory = (): Service => new Orders();
    expect(servicesIn(namespaceWith(factory), fileWith(""))).toEqual([
      { source: factory, label: expect.stringContaining("The service factory of ") },
    ]);
  });

  it("does not treat other functions, or a default function with parameters next to a service, as a factory", () => {
    const help = (text: string): string => text;
    expect(found({ Orders, default: help, other: () => new Orders() }, fileWith(""))).toEqual([Orders]);
  });

  it("explains how a function that is not the default export becomes the factory", () => {
    expect(() => servicesIn({ createOrders: () => new Orders() }, fileWith(""))).toThrow(
      "If the function createOrders creates the service, make it the default export",
    );
  });
});

describe("withoutBases", () => {
  function left(...sources: readonly unknown[]): unknown[] {
    return withoutBases(sources.map((source) => ({ source }))).map(({ source }) => source);
  }

  it("omits base classes of other classes, and duplicates", () => {
    expect(left(Orders, Alerts, Special, Alerts)).toEqual([Alerts, Special]);
  });

  it("omits a class with an exported instance, and base classes of the instance's class", () => {
    const special = new Special();
    expect(left(Orders, Special, Alerts, special)).toEqual([Alerts, special]);
  });
});
