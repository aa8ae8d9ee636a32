// A broker of a test's own, for what the run's shared one must not suffer: an alarm holds the publishes of everybody.
import { startRabbitMq } from "../../scripts/rabbitmq.ts";
import { startBroker } from "../../src/amqp-broker/broker.ts";
import { brokerKind } from "./broker.ts";
import { embeddedOperator, type Operator, rabbitMqOperator } from "./operator.ts";

export interface OwnBroker extends AsyncDisposable {
  readonly url: string;
  readonly operator: Operator;
  /** An alarm of memory: the broker holds the connections that publish. */
  setAlarm(on: boolean): Promise<void>;
}

/** Of the kind that this run tests: a RabbitMQ node, or an embedded broker. */
export async function startOwnBroker(name: string): Promise<OwnBroker> {
  if (brokerKind === "embedded") {
    const broker = await startBroker();
    return {
      url: broker.url,
      operator: embeddedOperator(broker),
      setAlarm: async (on) => broker.setAlarm(on ? "low on memory" : undefined),
      [Symbol.asyncDispose]: async () => void (await broker.stop()),
    };
  }
  const node = await startRabbitMq({ name });
  return {
    url: node.url,
    operator: rabbitMqOperator(node.access),
    setAlarm: async (on) => void (await node.ctl("set_vm_memory_high_watermark", on ? "0.00001" : "0.4")),
    [Symbol.asyncDispose]: () => node.stop(),
  };
}
