// The core operations, through amqplib and again through rabbitmq-client: no codec can hide its own mistakes.
import type { ConformanceArea, ConformanceCase } from "../conformance-case.ts";
import { connectAmqplib } from "../core/amqplib-client.ts";
import { coreCases } from "../core/core-cases.ts";
import type { ConnectCore } from "../core/core-client.ts";
import { connectRabbitMqClient } from "../core/rabbitmq-client.ts";

export const core: ConformanceArea = {
  name: "core",
  cases: [...through("amqplib", connectAmqplib), ...through("rabbitmq-client", connectRabbitMqClient)],
};

function through(library: string, connect: ConnectCore): readonly ConformanceCase[] {
  return coreCases.map(({ title, run }) => ({
    title: `${library}: ${title}`,
    async run(context) {
      const client = await connect(context.url);
      try {
        await run(client, context);
      } finally {
        // A case may have closed it.
        await client.close().catch(() => {});
      }
    },
  }));
}
