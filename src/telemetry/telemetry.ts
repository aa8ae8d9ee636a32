/** Telemetry of a run: on automatically if OpenTelemetry is registered, and otherwise absent. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Meter } from "@opentelemetry/api";
import { memberOf } from "../errors.ts";
import { ConfigurationError, ServiceError } from "../service/errors.ts";
import type { ServiceInstance } from "../service/instance.ts";
import type { PlannedRun, RunPart } from "../service/runner.ts";
import { packageFolder } from "../util/package-folder.ts";
import { flushSpans } from "./flush-spans.ts";
import { Guard } from "./guard.ts";
import { hasMeter, isRegistered, loadOpenTelemetry, type OpenTelemetry } from "./opentelemetry.ts";
import { createTraceFields } from "./trace-fields.ts";
import { createTracing } from "./tracing.ts";

const variable = "TOMODACHI_TELEMETRY";
const cure =
  "Register one before the services start, for example with `node --import ./telemetry.mjs`: docs/guides/opentelemetry.md shows such a file";

/** Checks once, at the start of a run, whether anything listens; a run without a listener pays nothing. */
export const telemetry: RunPart = async ({ services, environment, logger }) => {
  const isOn = (service: ServiceInstance): boolean => isTelemetryOn(service, environment);
  if (!services.some(isOn)) return undefined;
  const demand = saidBy(environment[variable]) ? `--telemetry or ${variable}` : demandOf(services);
  if (!isRegistered()) {
    if (demand === undefined) return undefined;
    throw new ServiceError(
      "ERR_TELEMETRY",
      `${demand} requires telemetry, but no OpenTelemetry SDK is registered in this process. ${cure}. Or remove the setting.`,
    );
  }
  let api: OpenTelemetry;
  try {
    api = await loadOpenTelemetry();
  } catch (cause) {
    const text =
      "OpenTelemetry is registered in this process, but the package @opentelemetry/api cannot be loaded, so no messages are traced. Install it beside tomodachi with `npm install @opentelemetry/api`, or switch telemetry off with options.telemetry: false.";
    if (demand !== undefined) throw new ServiceError("ERR_TELEMETRY", text, { cause });
    logger.warn({ err: cause }, text);
    return undefined;
  }
  const tracing = new Guard(api, logger).attempt(() => createTracing({ api, version: ownVersion(), logger }));
  if (tracing === undefined) return undefined;
  return {
    observerOf: (service) => (isOn(service) ? tracing : undefined),
    logFields: createTraceFields(api),
    created: async (run) => run.atEnd(() => flushSpans(api)),
  };
};

/** A meter, where a meter provider is registered and telemetry is not switched off. */
export async function meterFor({ services, environment, logger }: PlannedRun): Promise<Meter | undefined> {
  if (!hasMeter() || !services.some((service) => isTelemetryOn(service, environment))) return undefined;
  try {
    return (await loadOpenTelemetry()).metrics.getMeter("tomodachi", ownVersion());
  } catch (error) {
    logger.warn(
      { err: error },
      "A meter provider of OpenTelemetry is registered, but @opentelemetry/api cannot be loaded: it gets no metrics",
    );
    return undefined;
  }
}

/** Unless the environment or the service switches it off. @throws ERR_CONFIGURATION for a wrong variable */
function isTelemetryOn(service: ServiceInstance, environment: PlannedRun["environment"]): boolean {
  return saidBy(environment[variable]) ?? optionOf(service) !== false;
}

/** Undefined where nothing is said. @throws ERR_CONFIGURATION for a word that says neither */
function saidBy(value: string | undefined): boolean | undefined {
  const word = value?.trim().toLowerCase() ?? "";
  if (word === "") return undefined;
  if (["1", "yes", "true", "on"].includes(word)) return true;
  if (["0", "no", "false", "off"].includes(word)) return false;
  throw new ConfigurationError(`${variable} cannot be ${JSON.stringify(value)}. Known values: on, off.`);
}

/** Not checked yet: a wrong value is refused with the other options of the service. */
function optionOf({ options }: ServiceInstance): unknown {
  return memberOf(options, "telemetry");
}

function demandOf(services: readonly ServiceInstance[]): string | undefined {
  const service = services.find((one) => optionOf(one) === true);
  return service && `options.telemetry of the service "${service.name}"`;
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageFolder(import.meta.url), "package.json"), "utf8"));
  return String(memberOf(manifest, "version"));
}
