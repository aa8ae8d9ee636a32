/** How a message for one routing key is built: as its handlers expect it, or as requested. */
import { randomUUID } from "node:crypto";
import type { Logger } from "../log/logger.ts";
import type { Envelope } from "../service/envelope.ts";
import type { ServiceInstance } from "../service/instance.ts";
import type { Service } from "../service/service.ts";
import type { StandardSchema } from "../service/standard-schema.ts";
import { meantKey } from "../transports/amqp/names/similar-key.ts";
import type { BindingPlan } from "../transports/amqp/options/binding-plan.ts";
import { type ResolvedAmqpOptions, resolveAmqpOptions } from "../transports/amqp/options/options.ts";
import type { SubscriptionPlan } from "../transports/amqp/options/plan.ts";
import { plansOf } from "../transports/amqp/service-plans.ts";
import { isReachedBy } from "./is-reached-by.ts";

/** The name of the sender in envelopes, and of the connection. */
export const senderName = "tomodachi publish";

export interface SendingPlan {
  readonly options: ResolvedAmqpOptions;
  readonly exchangeName: string;
  readonly envelope: Envelope | null;
  /** What the data has to fit. */
  readonly schema: StandardSchema | undefined;
  /** The version of the contract. */
  readonly version: number | undefined;
  /** The handler whose envelope and schema these are, as `orders.onPaid`; undefined when no handler gets the message. */
  readonly handler: string | undefined;
  /** A key that a handler gets, where none gets the message and the two are similar. */
  readonly similarKey: string | undefined;
  readonly sender: ServiceInstance;
}

export interface SendingWish {
  /** As it is passed to a publish: without prefix. */
  readonly routingKey: string;
  readonly exchangeName: string | undefined;
  /** Undefined: that of the handler that gets the message. */
  readonly envelope: Envelope | null | undefined;
  /** The name of a connection of the services. */
  readonly connection: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * By the first handler that the message reaches; else by the first service; else by the defaults.
 * @throws ConfigurationError or AmqpError, as the start of a service would
 */
export function planSending(
  services: readonly Service[],
  wish: SendingWish,
  environment: Environment,
  logger: Logger,
): SendingPlan {
  const found = planned(services, wish, environment, logger);
  const { plan, service, options } = found;
  const inherited = plan ? plan.reading.envelope : (service?.messageEnvelope ?? null);
  return {
    options,
    exchangeName: wish.exchangeName ?? plan?.bindings.exchangeName ?? options.naming.exchangeName,
    envelope: wish.envelope === undefined ? inherited : wish.envelope,
    schema: plan?.reading.schema,
    version: plan?.handler.options.version,
    handler: plan && service && `${service.name}.${plan.handler.name}`,
    similarKey: plan ? undefined : meantKey(wish.routingKey, wish.exchangeName, found.bindings),
    sender: { name: senderName, uuid: randomUUID(), options: service?.options ?? {}, logger },
  };
}

interface Found {
  readonly options: ResolvedAmqpOptions;
  readonly service?: Service;
  readonly plan?: SubscriptionPlan;
  /** Of the handlers that do not get the message. */
  readonly bindings: readonly BindingPlan[];
}

function planned(
  services: readonly Service[],
  { routingKey, exchangeName, connection }: SendingWish,
  environment: Environment,
  logger: Logger,
): Found {
  let first: Omit<Found, "bindings"> | undefined;
  const bindings: BindingPlan[] = [];
  for (const service of services) {
    for (const { options, plans } of plansOf(service, environment, logger)) {
      if (connection !== undefined && connection !== (options.name ?? "default")) continue;
      const asked = plans.filter((one) => exchangeName === undefined || one.bindings.exchangeName === exchangeName);
      const plan = asked.find((one) => isReachedBy(one.bindings, routingKey));
      if (plan) return { options, service, plan, bindings };
      bindings.push(...plans.map((one) => one.bindings));
      first ??= { options, service };
    }
  }
  return { ...(first ?? { options: resolveAmqpOptions(senderName, {}, environment) }), bindings };
}
