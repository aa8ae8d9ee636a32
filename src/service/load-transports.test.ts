/** A start loads the transports that its services use, and no others. */
import { expect, it } from "vitest";
import { RecordingTransport } from "../../test/support/recording-transport.ts";
import { loadTransports } from "./load-transports.ts";
import { registerOnPrototype } from "./registry.ts";
import { Service } from "./service.ts";
import type { BroughtTrigger, TransportDefinition } from "./transport.ts";

class Loadable extends RecordingTransport {
  async load(): Promise<void> {
    this.log.push(`load ${this.name}`);
  }
}

function service(handled: readonly TransportDefinition<string>[], transports: readonly unknown[] = []): Service {
  class Inbox extends Service {
    name = "inbox";
    onFile(): void {}
  }
  for (const transport of handled) {
    const trigger = { transport, options: "", label: `@${transport.name}()` } as unknown as never;
    registerOnPrototype(Inbox.prototype, "onFile", trigger);
  }
  return Object.assign(new Inbox(), { transports }) as Service;
}

/** A transport whose triggers bring another one. */
function bringing(brings: () => readonly BroughtTrigger[]): TransportDefinition<string> {
  return Object.assign(new RecordingTransport("outer", []), { brings });
}

it("loads each once: that of a decorator, that of a list, and that which a trigger brings", async () => {
  const log: string[] = [];
  const [used, listed, brought] = ["used", "listed", "brought"].map((name) => new Loadable(name, log));
  const outer = bringing(() => [{ transport: brought as never, options: "", label: "@brought()" }]);
  await loadTransports([service([used as Loadable, outer], [listed]), service([used as Loadable])]);
  expect(log.sort()).toEqual(["load brought", "load listed", "load used"]);
});

it("loads the others where a trigger cannot say what it brings", async () => {
  const log: string[] = [];
  const outer = bringing(() => {
    throw new Error("wrong options");
  });
  await loadTransports([service([outer, new Loadable("used", log)])]);
  expect(log).toEqual(["load used"]);
});

it("rejects with the error of a transport", async () => {
  const failing = Object.assign(new RecordingTransport("files", []), {
    load: () => Promise.reject(new Error("no disk")),
  });
  await expect(loadTransports([service([failing])])).rejects.toThrow("no disk");
});

it("leaves an invalid definition to the check, which names the problem", async () => {
  await loadTransports([service([], [undefined, {}, { name: "files", create: () => {}, load: "later" }])]);
});
