// What the tests of recipes share: a virtual host of their own, because the queues of a recipe have fixed names.
import { onTestFinished, vi } from "vitest";
import {
  amqpUrl,
  connectForeign,
  createVirtualHost,
  type ForeignConnection,
  isPrivateBroker,
} from "../support/broker.ts";
import { type Example, startExample } from "../support/example.ts";

// Each test starts several processes, one after the other.
vi.setConfig({ testTimeout: 120_000 });

export interface RecipeBroker {
  readonly url: string;
  readonly foreign: ForeignConnection;
  /** Runs files of a recipe in a process of their own. */
  run(path: string, variables?: Readonly<Record<string, string>>, ...options: readonly string[]): Example;
  /** As an ordinary client, confirmed. */
  publish(routingKey: string, body: string, messageId?: string): Promise<void>;
}

/** Closed with the test. On a broker that is not ours the virtual host is the given one. */
export async function openRecipeBroker(): Promise<RecipeBroker> {
  const host = isPrivateBroker ? await createVirtualHost("recipe") : undefined;
  const url = host?.url ?? amqpUrl ?? "";
  const foreign = await connectForeign(url);
  onTestFinished(async () => {
    await foreign.close();
    await host?.[Symbol.asyncDispose]();
  });
  return {
    url,
    foreign,
    run: (path, variables = {}, ...options) =>
      startExample([`examples/recipes/${path}`, ...options], { TOMODACHI_AMQP_URL: url, ...variables }),
    publish: (routingKey, body, messageId) =>
      foreign.publish("amq.topic", routingKey, body, messageId === undefined ? {} : { messageId }),
  };
}

/** How many log lines have this message. */
export function countOf({ output }: Example, message: string): number {
  return output.split(`"msg":${JSON.stringify(message)}`).length - 1;
}
