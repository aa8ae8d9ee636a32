import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Service } from "../service/service.ts";
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

function fileWith(source: string): string {
  const file = join(folder, "app.ts");
  writeFileSync(file, source);
  return file;
}

describe("servicesIn", () => {
  it("follows the order of the source, not of the names", () => {
    const file = fileWith("export class Orders extends Service {}\nexport class Alerts extends Service {}");
    expect(servicesIn({ Alerts, Orders }, file)).toEqual([Orders, Alerts]);
  });

  it("takes a class once, whatever names it has", () => {
    expect(servicesIn({ Orders, default: Orders }, fileWith(""))).toEqual([Orders]);
  });

  it.each([
    ["under default", { default: { Orders } }],
    ["under default twice", { default: { __esModule: true, default: Orders } }],
    ["beside default", { Orders, default: { Orders }, "module.exports": { Orders } }],
  ])("finds what a CommonJS module exports %s", (_where, namespace) => {
    expect(servicesIn(namespace, fileWith(""))).toEqual([Orders]);
  });

  it("says what is exported instead", () => {
    const file = fileWith("");
    expect(() => servicesIn({ a: 1, b: 2 }, file)).toThrow(
      `No Service class is exported from ${file}; it exports: a, b.`,
    );
    expect(() => servicesIn({}, file)).toThrow("it exports nothing. Write `export class Orders extends Service");
  });

  it("names a class that is not exported, and an instance that is", () => {
    expect(() => servicesIn({}, fileWith("class Orders extends Service {}"))).toThrow("`export class Orders`");
    expect(() => servicesIn({ orders: new Orders() }, fileWith(""))).toThrow("orders is an instance: export its class");
  });
});

describe("withoutBases", () => {
  it("leaves out what another one extends", () => {
    expect(withoutBases([Orders, Alerts, Special])).toEqual([Alerts, Special]);
  });
});
