// A handler that takes protobuf messages in ProtobufBase.
import { amqp, createLogger, defineService, on, runServices } from "tomodachi";
import { ProtobufBase } from "tomodachi/protobuf";
import { finished, report, settings, tick } from "./meter.mjs";
import { Order } from "./protobuf.mjs";

const { queue: queueName, routingKey, prefetch, queueType } = settings;
const options = { queueName, prefetch, queueType, protoClass: Order };
const count = on(amqp(routingKey, options), async ({ id }) => tick(id));
const service = defineService({ name: "bench", messageEnvelope: ProtobufBase, handlers: { count } });
const run = await runServices([service], { logger: await createLogger({ form: "disabled" }) });
await finished;
await run.stop();
report();
