/** runServices(): classes or instances, and what signals do. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { capturingLogger } from "../../test/support/capturing-logger.ts";
import { runServices } from "../run-services.ts";
import { createDeferred } from "../util/deferred.ts";
import { getService } from "./running-services.ts";
import { Service } from "./service.ts";

const { logger, lines } = await capturingLogger();
const before = new Set([...process.listeners("SIGINT"), ...process.listeners("SIGTERM")]);

afterEach(() => {
  vi.restoreAllMocks();
  lines.length = 0;
});

class Quiet extends Service {
  name = "quiet";
  override startService(): unknown {
    return undefined;
  }
}

/** Calls what was added for a signal, as Node does; returns how many there were. */
function signal(name: "SIGINT" | "SIGTERM"): number {
  const added = process.listeners(name).filter((listener) => !before.has(listener));
  for (const listener of added) listener(name);
  return added.length;
}

describe("runServices", () => {
  it("refuses unknown options and wrong values by name", async () => {
    const options = { signal: true, logger: "console", environment: {} } as never;
    await expect(runServices([Quiet], options)).rejects.toMatchObject({
      code: "ERR_CONFIGURATION",
      problems: [
        'options has no option "signal". Did you mean "signals"?',
        expect.stringContaining("options.logger must be a logger with the methods of pino"),
      ],
    });
  });

  it("refuses an environment with values that are not strings, without showing them", async () => {
    const options = { environment: { TOMODACHI_AMQP_URL: 5672, TOMODACHI_AMQP_PASSWORD: "secret" } } as never;
    const refusal = await runServices([Quiet], options).catch((error: unknown) => String(error));
    expect(refusal).toContain("options.environment must be an object of strings, such as process.env");
    expect(refusal).not.toContain("secret");
  });

  it("accepts classes and instances, and resolves when they run", async () => {
    class Other extends Quiet {
      override name = "other";
    }
    const instance = new Other();
    const run = await runServices([Quiet, instance], { logger });
    expect(run.state).toBe("running");
    expect(run.services.map(({ name }) => name)).toEqual(["quiet", "other"]);
    expect(getService("other")).toBe(instance);
    expect(signal("SIGTERM")).toBe(0);
    await run.stop();
  });

  it("rejects with the error of a start, and removes its signal handlers", async () => {
    class Failing extends Quiet {
      override startService(): unknown {
        throw new Error("no database");
      }
    }
    await expect(runServices([Failing], { logger, signals: true })).rejects.toThrow("no database");
    expect([signal("SIGINT"), signal("SIGTERM")]).toEqual([0, 0]);
    expect(getService()).toBeUndefined();
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "stops gracefully on %s, and removes its signal handlers at the end",
    async (name) => {
      const run = await runServices([Quiet], { logger, signals: true });
      expect(signal(name)).toBe(1);
      await expect(run.ended).resolves.toBe(0);
      expect(lines.map(({ msg }) => msg)).toContain(
        `${name}: stopping gracefully; another signal, after a second, ends at once`,
      );
      expect([signal("SIGINT"), signal("SIGTERM")]).toEqual([0, 0]);
    },
  );

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "ends at once on a signal one second after the first, but not on two at the same time: %s with code %i",
    async (name, code) => {
      const ended = vi.spyOn(process, "exit").mockImplementation((): never => undefined as never);
      const hanging = createDeferred();
      class Slow extends Quiet {
        override stopService(): Promise<void> {
          return hanging.promise;
        }
      }
      const run = await runServices([Slow], { logger, signals: true });
      const now = vi.spyOn(performance, "now").mockReturnValue(10_000);
      signal(name);
      now.mockReturnValue(10_999);
      signal(name);
      signal(name === "SIGINT" ? "SIGTERM" : "SIGINT");
      expect(ended).not.toHaveBeenCalled();
      now.mockReturnValue(11_000);
      signal(name);
      expect(ended).toHaveBeenCalledExactlyOnceWith(code);
      hanging.resolve();
      await run.ended;
    },
  );

  it("stops a start in progress", async () => {
    const [called, opened] = [createDeferred(), createDeferred()];
    class Slow extends Quiet {
      override startService(): unknown {
        called.resolve();
        return opened.promise;
      }
    }
    const starting = runServices([Slow], { logger, signals: true });
    await called.promise;
    expect(signal("SIGTERM")).toBe(1);
    opened.resolve();
    const run = await starting;
    await expect(run.ended).resolves.toBe(0);
    expect(lines.map(({ msg }) => msg)).not.toContain("service started");
  });
});
