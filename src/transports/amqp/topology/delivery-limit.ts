/** How often a quorum queue delivers a message before the broker itself dead-letters it, or drops it where the queue has no dead-letter exchange. */

/** RabbitMQ's own limit of redeliveries on quorum queues since 4.0, written down so that older brokers keep it too. */
export const deliveryLimit = 20;

/**
 * The count at which a message is dead-lettered by the framework at the latest where the broker would drop it: a queue that
 * answers requests has no dead-letter exchange (docs/decisions/0035). So many before the limit, because what is given back
 * while the message waits alone, or is cut off from its copy, counts too.
 */
export const spentCount: number = deliveryLimit - 5;
