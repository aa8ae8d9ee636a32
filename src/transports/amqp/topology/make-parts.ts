/** Declares what a service needs besides the queues of its handlers, or checks that it exists if the service does not declare it. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import {
  bindQueue,
  type DeclarationReport,
  declareExchange,
  declareQueue,
  type ExchangeDeclaration,
  type QueueDeclaration,
} from "../../../amqp-client/topology.ts";
import { hasCode } from "../../../errors.ts";
import type { Logger } from "../../../log/logger.ts";
import type { RunObserver } from "../../../service/observer.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import { namesOf, type TopologyPart } from "./retry-parts.ts";
import { requireTopology } from "./verify-topology.ts";

export interface PartMakerSettings {
  readonly service: string;
  readonly options: ResolvedAmqpOptions;
  readonly connection: AmqpConnection;
  readonly logger: Logger;
  readonly observer: RunObserver | undefined;
}

export class PartMaker {
  readonly #settings: PartMakerSettings;
  #saidClassic = false;

  constructor(settings: PartMakerSettings) {
    this.#settings = settings;
  }

  /** Declares these parts; if the service does not declare them, checks that they exist, or does nothing. */
  async make(parts: readonly TopologyPart[], classic?: QueueDeclaration): Promise<void> {
    const { connection, observer, options } = this.#settings;
    if (options.topology.declare.queue === "verify") await requireTopology(this.#settings, namesOf(parts));
    if (options.topology.declare.queue !== true) return;
    for (const { exchanges, queues, bindings } of parts) {
      for (const exchange of exchanges) await this.#declareExchange(exchange);
      for (const queue of queues) await this.#declareQueue(queue, classic);
      for (const binding of bindings) await bindQueue(connection, binding);
    }
    observer?.declared?.(namesOf(parts));
  }

  async #declareQueue(queue: QueueDeclaration, classic?: QueueDeclaration): Promise<void> {
    let report: DeclarationReport;
    try {
      report = await this.#declareOneQueue(queue);
    } catch (error) {
      if (!classic || !isRefusalOfType(error)) throw error;
      report = await this.#declareOneQueue(classic);
      this.#sayClassic();
    }
    if (classic && report.dropped.includes("x-queue-type")) this.#sayClassic();
  }

  #sayClassic(): void {
    if (this.#saidClassic) return;
    this.#saidClassic = true;
    this.#settings.logger.warn(
      "the broker has no quorum queues, so messages wait for their retries in classic queues. If the broker crashes while they return, they may be lost",
    );
  }

  async #declareOneQueue(queue: QueueDeclaration): Promise<DeclarationReport> {
    const { connection, options, logger } = this.#settings;
    const report = await declareQueue(connection, queue, { strict: options.topology.strict });
    if (report.warning) logger.warn(report.warning);
    return report;
  }

  async #declareExchange(exchange: ExchangeDeclaration): Promise<void> {
    const { connection, options, logger } = this.#settings;
    const { warning } = await declareExchange(connection, exchange, { strict: options.topology.strict });
    if (warning) logger.warn(warning);
  }
}

/** Refused for another reason than permissions or existing arguments: it may be the type of queue. */
function isRefusalOfType(error: unknown): boolean {
  const { replyText } = error as { readonly replyText?: string | undefined };
  return hasCode(error, "ERR_AMQP_DECLARATION") && !replyText?.includes("inequivalent arg");
}
