/** What is checked of a service itself before anything of it runs: its name, its uuid, its options. */
import { fieldProblems, flag, integer, record } from "../util/check-fields.ts";
import { envelopeExpected, envelopeProblem } from "./envelope-check.ts";
import { refuseProblems, ServiceError } from "./errors.ts";
import { operationsChecks } from "./operations-options.ts";
import type { Service } from "./service.ts";
import { optionGroups } from "./service-options.ts";
import type { TransportDefinition } from "./transport.ts";

/** AMQP's short strings, such as app-id, hold 255 bytes (AMQP 0-9-1, 4.2.5.3); a line break would forge log lines. */
function nameProblem(value: string): string | undefined {
  if (/\p{Cc}/u.test(value)) return "has control characters or line breaks. Take them out.";
  const bytes = Buffer.byteLength(value);
  return bytes > 255 ? `has ${bytes} bytes, and AMQP carries at most 255. Shorten it.` : undefined;
}

export function refuseEmpty({ name, startService, startedService }: Service): void {
  if (startService || startedService) return;
  throw new ServiceError(
    "ERR_SERVICE_EMPTY",
    `The service "${name}" has no handlers: no method has a decorator, and there is no startService or startedService. Put a decorator such as @amqp("some.key") on a method.`,
  );
}

export function checkIdentity(service: Service): void {
  const type = service.constructor.name || "a service class";
  const { name, uuid } = service as { name: unknown; uuid: unknown };
  if (typeof name !== "string" || name === "") {
    throw new ServiceError(
      "ERR_SERVICE_NAME",
      `The service class ${type} has no name. Give it one: \`name = "orders";\`. It is part of queue names, so keep it stable. An abstract base class needs no name, but do not run or export it.`,
    );
  }
  if (typeof uuid !== "string" || uuid === "") {
    throw new ServiceError("ERR_SERVICE_UUID", `The uuid of the service "${name}" must be a string that is not empty.`);
  }
  for (const [code, what, value] of [
    ["ERR_SERVICE_NAME", "name", name],
    ["ERR_SERVICE_UUID", "uuid", uuid],
  ] as const) {
    const problem = nameProblem(value);
    if (problem) throw new ServiceError(code, `The ${what} of the service class ${type} ${problem}`);
  }
}

/** `used` are the transports of the service; each has a group of options of its name. */
export function checkOptions(service: Service, used: readonly { readonly name: string }[]): void {
  const { name, options, messageEnvelope } = service;
  const names = [...optionGroups, ...used.map((transport) => transport.name)];
  const groups = Object.fromEntries(names.map((group) => [group, record()]));
  const own = {
    terminationGracePeriodSeconds: integer(0, 86_400),
    telemetry: flag,
    asyncContext: flag,
    operations: record(operationsChecks),
  };
  const known = { ...own, ...groups };
  const problems = fieldProblems(options, "options", known);
  const problem = envelopeProblem(messageEnvelope);
  if (problem !== undefined) problems.push(`messageEnvelope must be ${envelopeExpected}, but ${problem}.`);
  refuseProblems(`The service "${name}"`, problems);
}

/** `service.transports`; throws when it is not a list. */
export function listedTransports({ name, transports }: Service): readonly TransportDefinition<never>[] {
  if (Array.isArray(transports)) return transports as readonly TransportDefinition<never>[];
  refuseProblems(`The service "${name}"`, ["transports must be a list of transport definitions."]);
  return [];
}
