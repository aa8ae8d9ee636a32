/** The HTTP transport in a service that has no HTTP handler: it is there only if the service lists it. */
import { expect, it } from "vitest";
import { defineService, httpTransport, transportOf } from "../../src/index.ts";
import { ServiceError } from "../../src/service/errors.ts";
import { startService } from "../../src/testing/index.ts";

function service(transports: readonly (typeof httpTransport)[], seen: unknown[]) {
  return defineService({
    name: "plain",
    transports: transports as never,
    handlers: {},
    startedService(): void {
      try {
        seen.push(transportOf(this as never, httpTransport).health().transport);
      } catch (error) {
        seen.push(error);
      }
    },
  });
}

it("is not loaded for a service that does not list it, and the error says what to do", async () => {
  const seen: unknown[] = [];
  await using _app = await startService(service([], seen));
  expect(seen).toEqual([expect.any(ServiceError)]);
  expect(seen[0]).toMatchObject({
    code: "ERR_TRANSPORT_NOT_LOADED",
    message: expect.stringMatching(/^The service "plain" has no HTTP handler.*Add httpTransport to `transports`/),
  });
});

it("exists in a service that lists it", async () => {
  const seen: unknown[] = [];
  await using _app = await startService(service([httpTransport], seen));
  expect(seen).toEqual(["http"]);
});
