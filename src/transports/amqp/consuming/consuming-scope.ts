/** What all subscriptions of a service share at one broker. */
import type { AmqpConnection } from "../../../amqp-client/connection.ts";
import type { ServiceContext } from "../../../service/transport.ts";
import type { ResolvedAmqpOptions } from "../options/options.ts";
import type { Publishing } from "../outbound/publishing.ts";
import { RetryTiers } from "../topology/retry-tiers.ts";
import { TopologyWatch } from "../topology/topology-watch.ts";
import { AskedPauses } from "./asked-pauses.ts";
import type { ConcurrencyLimiter } from "./concurrency-limiter.ts";

/** What a scope is made of. */
export interface ScopeParts {
  readonly context: ServiceContext;
  readonly options: ResolvedAmqpOptions;
  /** The first consuming connection. What belongs to no single subscription is declared and checked on it. */
  readonly connection: AmqpConnection;
  /** Copies of failed messages and replies leave by it. */
  readonly publishing: Publishing;
  readonly limiter: ConcurrencyLimiter;
  /** Aborts when a shutdown has waited long enough. */
  readonly abort: AbortSignal;
}

export interface ConsumingScope extends ScopeParts {
  readonly retryTiers: RetryTiers;
  readonly watch: TopologyWatch;
  readonly pauses: AskedPauses;
}

export function createConsumingScope(parts: ScopeParts): ConsumingScope {
  const { context, options, connection, publishing } = parts;
  const { name: service, logger, clock, observer } = context;
  const { publisher } = publishing;
  const watch = new TopologyWatch({ connection, logger, clock });
  const retryTiers = new RetryTiers({ service, options, connection, publisher, logger, observer, watch });
  return { ...parts, watch, retryTiers, pauses: new AskedPauses() };
}
