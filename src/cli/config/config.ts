/** `tomodachi config`: prints the resolved options and where each value came from. */
import { groupsOf } from "../../configuration/groups.ts";
import { type Origin, resolvedWithOrigins } from "../../configuration/origin.ts";
import { shownValue } from "../../configuration/shown-value.ts";
import { registrationsFor } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import { useEnvironmentFile } from "../common/environment-file.ts";
import { type Environment, environmentToAsk, signOfProduction } from "../common/run-surroundings.ts";
import { columnsOf, writeJson, writeLines } from "../common/write-lines.ts";
import { withServices } from "../loading/with-services.ts";
import { options } from "../options/option-table.ts";
import type { ConfigSettings } from "./config-arguments.ts";
import { groupLines, type ShownGroup, type ShownOption } from "./config-text.ts";

/** Returns the exit code; undefined if another copy of the package took over the process. */
export function runConfig(settings: ConfigSettings): Promise<number | undefined> {
  const { paths, production } = settings.run;
  return withServices({ paths, production, logLevel: settings.run.logLevel }, async (services) => {
    const groups = [runGroup(settings), ...services.map((service) => serviceGroup(service, settings))].map((group) => ({
      ...group,
      values: settings.changed ? group.values.filter(({ from }) => from !== "default") : group.values,
    }));
    if (settings.json) writeJson({ run: groups[0]?.values, services: groups.slice(1) });
    else writeLines(groups.flatMap((group, at) => [...(at > 0 ? [""] : []), ...groupLines(group, columnsOf())]));
    return 0;
  });
}

/** The values of the run itself, from the command line and its variables. */
function runGroup({ run, typed, environment }: ConfigSettings): ShownGroup {
  const values: readonly RunValue[] = [
    ["production", run.production],
    ["broker", run.broker.kind === "url" ? run.broker.url : run.broker.kind === "unsaid" ? null : run.broker.kind],
    // The port of the embedded broker: --port is an option of `tomodachi broker` only.
    ["port", run.brokerPort],
    ["operations-port", run.operationsPort ?? null],
    ["pause-signal", run.pauseSignal ?? null],
    ["telemetry", run.telemetry ?? null],
    ...(signOfProduction(run.production, environment) === undefined ? developmentValues(run) : []),
    ["log-level", run.logLevel],
    ["logger", run.logForm],
  ];
  return {
    service: null,
    values: values.map(([name, value]) => {
      const variable = options[name]?.variable ?? "";
      const origin: Origin = environment[variable] ? { kind: "variable", name: variable } : { kind: "default" };
      // A port for the console also turns the console on.
      const words = [name, `no-${name}`, ...(name === "console" ? ["console-port"] : [])];
      const flag = words.find((word) => typed.has(word));
      const place = flag === undefined ? placeOf(origin, {}) : { from: "flag", name: `--${flag}` };
      return { option: name === "port" ? variable : `--${name}`, value: shownValue(name, value), ...place };
    }),
  };
}

/** A value with the name of its option. */
type RunValue = readonly [name: string, value: unknown];

/** In production a run has neither a console nor hot reload. */
function developmentValues({ development: { page, watch } }: ConfigSettings["run"]): readonly RunValue[] {
  const list = (words: readonly string[]): readonly string[] | null => (words.length > 0 ? words : null);
  return [
    ["console", page.asked ?? null],
    ["console-port", page.port ?? null],
    ["redact", page.redact ?? null],
    ["watch", watch.asked ?? null],
    ["watch-ignore", list(watch.ignored)],
    ["watch-ending", list(watch.endings)],
  ];
}

function serviceGroup(service: Service, settings: ConfigSettings): ShownGroup {
  const { environment, flags } = environmentOfRun(service, settings);
  const groups = groupsOf(service, environment, registrationsFor(service, "http").length > 0);
  return {
    service: service.name,
    values: groups.flatMap((group) =>
      resolvedWithOrigins(group).flatMap(({ name, value, origin }) => {
        // Nothing is set, and there is no default.
        if (value === undefined) return [];
        return { option: `${group.path}.${name}`, value: shownValue(name, value), ...placeOf(origin, flags) };
      }),
    ),
  };
}

/** The environment that a run gives its services, with the flags that have a variable. */
function environmentOfRun(
  service: Service,
  { run, typed, environment }: ConfigSettings,
): { readonly environment: Environment; readonly flags: Readonly<Record<string, string>> } {
  const { broker, operationsPort, telemetry } = run;
  const given = {
    ...environment,
    ...(telemetry !== undefined && { TOMODACHI_TELEMETRY: telemetry }),
    ...(operationsPort !== undefined && { TOMODACHI_OPERATIONS_PORT: String(operationsPort) }),
  };
  const flags: Record<string, string> = {};
  if (typed.has("telemetry")) flags["TOMODACHI_TELEMETRY"] = "--telemetry";
  if (typed.has("operations-port")) flags["TOMODACHI_OPERATIONS_PORT"] = "--operations-port";
  if (!environment["TOMODACHI_AMQP_PORT"]) flags["TOMODACHI_AMQP_PORT"] = "TOMODACHI_BROKER_PORT";
  if (broker.kind === "url") flags["TOMODACHI_AMQP_URL"] = typed.has("broker") ? "--broker" : "TOMODACHI_BROKER";
  return { environment: environmentToAsk([service], broker.kind === "url" ? broker.url : undefined, given), flags };
}

function placeOf(origin: Origin, flags: Readonly<Record<string, string>>): Pick<ShownOption, "from" | "name"> {
  if (origin.kind !== "variable") return { from: origin.kind, name: null };
  const name = flags[origin.name] ?? origin.name;
  if (name.startsWith("--")) return { from: "flag", name };
  return { from: useEnvironmentFile([]).names.includes(name) ? ".env" : "environment", name };
}
