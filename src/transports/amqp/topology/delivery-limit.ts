/** How often a quorum queue delivers a message before the broker itself dead-letters it, or drops it where the queue has no dead-letter exchange. */

/** RabbitMQ's own limit of redeliveries on quorum queues since 4.0, written down so that older brokers keep it too. */
export const deliveryLimit = 20;

/**
 * At this count the framework dead-letters a message that the broker would drop: a queue of requests has no dead-letter exchange
 * (docs/decisions/0035). It is below the broker's limit, because the broker also counts returns while the message waits to run
 * alone, or while its copy cannot be made.
 */
export const spentCount: number = deliveryLimit - 5;
