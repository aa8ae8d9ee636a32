/** What may be passed as a service, and the errors for other values. */
import { describe, expect, it } from "vitest";
import { createServices, otherCopyProblem } from "./create-services.ts";
import { Service } from "./service.ts";

class Orders extends Service {
  name = "orders";
}
class WithDatabase extends Service {
  name = "with-database";
  readonly database: string;
  constructor(database: string) {
    super();
    this.database = database;
  }
}
class Derived extends WithDatabase {
  readonly extra = true;
}
class Completed extends WithDatabase {
  constructor() {
    super("in memory");
  }
}
class Failing extends Service {
  name = "failing";
  constructor() {
    super();
    throw new RangeError("no port left.");
  }
}

function create(...sources: readonly unknown[]): Promise<Service[]> {
  return createServices(sources.map((source) => ({ source })));
}

describe("createServices", () => {
  it("uses instances as they are, and creates those of classes and factories, in order", async () => {
    const own = new WithDatabase("own");
    const services = await create(
      Orders,
      own,
      () => new Orders(),
      async () => [new Orders(), own],
    );
    expect(services.map(({ name }) => name)).toEqual(["orders", "with-database", "orders", "orders", "with-database"]);
    expect(services[1]).toBe(own);
  });

  it("creates a class that passes its parent's constructor what it needs", async () => {
    const [service] = await create(Completed);
    expect(service).toMatchObject({ database: "in memory" });
  });

  it.each([
    ["takes parameters", WithDatabase],
    ["inherits a constructor that takes them", Derived],
  ])("refuses a class that %s by name, and says what to do", async (_what, type) => {
    const name = type.name;
    await expect(create(type)).rejects.toMatchObject({
      code: "ERR_SERVICE_CONSTRUCTOR",
      message: expect.stringMatching(
        new RegExp(
          `class ${name} cannot be created: its constructor takes parameters.*export default async \\(\\) => new ${name}\\(`,
        ),
      ),
    });
  });

  it("names a class whose constructor throws, and keeps the error as the cause", async () => {
    await expect(create(Failing)).rejects.toMatchObject({
      code: "ERR_SERVICE_CREATE",
      message: expect.stringContaining(
        "Failing cannot be created: its constructor threw RangeError: no port left. Connect",
      ),
      cause: expect.any(RangeError),
    });
  });

  async function createNothing(): Promise<undefined> {
    return undefined;
  }

  it.each([
    [
      "throws",
      () => {
        throw new TypeError("kaput");
      },
      "failed: TypeError: kaput.",
    ],
    ["rejects with a string", () => Promise.reject("kaput"), "failed: kaput"],
    ["returns nothing", createNothing, "The service factory createNothing returned undefined. Return a service"],
    ["returns an empty array", () => [], "returned an empty array"],
    ["returns something else", () => ({ a: 1 }), "returned { a: 1 }, which is not a service"],
    ["takes parameters", (database: string) => database, "takes parameters, and tomodachi passes none"],
  ])("names a factory that %s", async (_what, factory, text) => {
    await expect(create(factory)).rejects.toMatchObject({
      code: "ERR_SERVICE_FACTORY",
      message: expect.stringContaining(text),
    });
  });

  it("names a factory that never returns its services", async () => {
    const source = (): Promise<Service> => new Promise(() => {});
    await expect(createServices([{ source, label: "The service factory of app.ts" }], 20)).rejects.toMatchObject({
      code: "ERR_SERVICE_FACTORY",
      message: expect.stringContaining("The service factory of app.ts did not return its services within 0.02 s"),
    });
  });

  it.each([
    [
      "a class that extends nothing",
      class Plain {},
      "The class Plain, which does not extend Service, is not a service.",
    ],
    ["a promise", Promise.resolve(new Orders()), "A promise (await it first) is not a service"],
    ["a string", "orders", "'orders' is not a service"],
    ["undefined", undefined, "undefined is not a service. Pass a class that extends Service"],
  ])("refuses %s", async (_what, source, text) => {
    await expect(create(source)).rejects.toMatchObject({
      code: "ERR_SERVICE_INVALID",
      message: expect.stringContaining(text),
    });
  });
});

describe("a service of another copy of the package", () => {
  const Foreign = (() => {
    class Service {}
    return class Orders extends Service {
      name = "orders";
    };
  })();

  it.each([
    ["its class", Foreign],
    ["an instance", new Foreign()],
  ])("is refused by %s, and the copies are named", async (_what, source) => {
    await expect(create(source)).rejects.toMatchObject({
      code: "ERR_SERVICE_OTHER_COPY",
      message: expect.stringMatching(/^Orders extends a Service that does not belong to this copy.*npm ls tomodachi/),
    });
  });

  it("is not recognised in a service of this copy, or in a value that is not a service", () => {
    for (const value of [Orders, new Orders(), Service, {}, "text", null, undefined, () => {}])
      expect(otherCopyProblem(value)).toBeUndefined();
  });
});
