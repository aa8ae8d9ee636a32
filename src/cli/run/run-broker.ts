/** Which broker the services of a run use: a named one, the one that already listens, or the embedded one. */
import { hasCode, memberOf, messageOf, TomodachiError } from "../../errors.ts";
import type { Logger } from "../../log/logger.ts";
import { registrationsFor } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import { PortTakenError } from "../common/errors.ts";
import {
  type Environment,
  environmentFor,
  noTerminal,
  onPort,
  reasonAgainstEmbedded,
} from "../common/run-surroundings.ts";
import { DevBroker, type Holder } from "./dev-broker.ts";
import type { RunSettings } from "./run-arguments.ts";
import type { DevelopmentBroker } from "./run-host.ts";

export interface RunBrokerSettings extends Pick<RunSettings, "broker" | "brokerPort" | "production"> {
  readonly services: readonly Service[];
  readonly environment: Environment;
  readonly terminal: boolean;
  readonly logger: Logger;
  /** The embedded broker that may be started on this port. */
  createBroker(port: number, logger: Logger): DevelopmentBroker;
  /** Writes a line for the user of the run. */
  say(line: string): void;
}

export interface RunBroker {
  /** The variables of the process, and the address of the broker. */
  readonly environment: Environment;
  /** Explains an error of the start: if no broker could be reached, why the embedded one was not started. */
  explain(error: unknown): unknown;
  /** Call it when every service has ended. */
  stop(): Promise<void>;
}

/**
 * Chooses the broker, and starts the embedded one before a service needs it: at once if a service has a handler, otherwise at the first
 * publish.
 *
 * @throws PortTakenError if the embedded broker was required and another program has its port
 */
export async function openRunBroker(settings: RunBrokerSettings): Promise<RunBroker> {
  const { broker: choice, brokerPort, environment, services } = settings;
  const reasonAgainst = reasonAgainstEmbedded({ ...settings, choice });
  const explain = (error: unknown): unknown => explained(error, reasonAgainst);
  const stop = async (): Promise<void> => {};
  if (choice.kind === "url") return { environment: environmentFor(choice.url, environment), explain, stop };
  if (reasonAgainst === noTerminal) {
    if (takesMessages(services)) await warnOfAbsence(settings);
    return { environment: onPort(brokerPort, environment), explain, stop };
  }
  if (reasonAgainst !== undefined) return { environment, explain, stop };
  return openDevBroker(settings, explain);
}

async function openDevBroker(settings: RunBrokerSettings, explain: RunBroker["explain"]): Promise<RunBroker> {
  const { broker: choice, brokerPort, environment, logger, say, services } = settings;
  const broker = settings.createBroker(brokerPort, logger);
  const stop = (): Promise<void> => broker.stop();
  const hold = async (): Promise<Holder> => {
    const holder = await broker.hold();
    if (holder !== "another broker") say(lineFor(holder, brokerPort));
    return holder;
  };
  const isNeeded = choice.kind === "embedded" || takesMessages(services);
  const holder = isNeeded ? await hold() : await broker.look();
  if (holder === "another broker") {
    if (choice.kind === "embedded") throw portTaken(broker.describeListener(), brokerPort);
    return { environment: onPort(brokerPort, environment), explain, stop };
  }
  // The embedded broker is empty, so the services declare here what another tool declares in production.
  const { TOMODACHI_AMQP_DECLARE: declare = "true" } = environment;
  const embedded = { ...environmentFor(broker.url, environment), TOMODACHI_AMQP_DECLARE: declare };
  if (isNeeded) return { environment: embedded, explain, stop };
  const holdLate = (): void => {
    hold().catch((error: unknown) => logger.error({ err: error }, messageOf(error)));
  };
  return { environment: whenAsked(embedded, holdLate), explain, stop };
}

/** Whether a service has an AMQP handler. A service without one may still publish. */
function takesMessages(services: readonly Service[]): boolean {
  return services.some((service) => registrationsFor(service, "amqp").length > 0);
}

/**
 * A service creates its AMQP transport when it first needs it, and reads the address of the broker then. A service that does not use AMQP
 * never reads it, so no broker is started for it.
 */
function whenAsked(environment: Environment, first: () => void): Environment {
  const { TOMODACHI_AMQP_URL: url } = environment;
  let asked = false;
  const get = (): string | undefined => {
    if (!asked) first();
    asked = true;
    return url;
  };
  return Object.defineProperty({ ...environment }, "TOMODACHI_AMQP_URL", { get });
}

function lineFor(holder: Holder, port: number): string {
  const where = `127.0.0.1:${port}`;
  return holder === "this process"
    ? `embedded broker on ${where}, in memory, for development: other services find it there`
    : `embedded broker on ${where}, which runs in another process`;
}

/** Warned at once, because services try for half a minute before they give up. */
async function warnOfAbsence({ brokerPort, logger }: RunBrokerSettings): Promise<void> {
  if ((await new DevBroker(brokerPort, logger).look()) !== undefined) return;
  logger.warn(`Nothing listens on 127.0.0.1:${brokerPort}, and no embedded broker is started: ${noTerminal}`);
}

function portTaken(by: string, port: number): PortTakenError {
  return new PortTakenError(
    `The embedded broker cannot listen on 127.0.0.1:${port}: ${by} listens there. Stop that, set another port in TOMODACHI_BROKER_PORT, or use the running broker with --broker auto.`,
  );
}

/** The embedded broker replaces only the broker of the default connection. */
function explained(error: unknown, reasonAgainst: string | undefined): unknown {
  if (reasonAgainst === undefined || !(error instanceof TomodachiError) || !hasCode(error, "ERR_AMQP_UNREACHABLE"))
    return error;
  if (memberOf(error, "place") !== "options.amqp") return error;
  const message = `${error.message} No embedded broker was started, because ${reasonAgainst}.`;
  return new TomodachiError(error.code, message, { cause: error });
}
