/** A publish by a test, done as one of its services would do it. */
import type { Service } from "../service/service.ts";
import {
  amqpPublish,
  isEventContract,
  type PublishArguments,
  type PublishOptions,
  publishOptionsOf,
} from "../transports/amqp/index.ts";
import { serviceNamed } from "./known-names.ts";
import type { Recorder } from "./recorder.ts";

/** The arguments after the data or the contract: those of `amqpPublish`, and `service`, the name of the service that publishes. */
export type TestPublishArguments<What, E> = PublishArguments<What, E, { readonly service?: string | undefined }>;

/** The compiler has checked `rest` as `TestPublishArguments`. */
export async function publishForTest(
  services: readonly Service[],
  recorder: Recorder,
  dataOrContract: unknown,
  rest: readonly unknown[],
): Promise<void> {
  const isContract = isEventContract(dataOrContract);
  const [data, given] = (isContract ? rest : [dataOrContract, ...rest]) as [unknown, Record<string, unknown>?];
  const { service, ...options } = given ?? {};
  const own = { mandatory: true, ...options };
  const plain = isContract ? publishOptionsOf(dataOrContract, own) : (own as unknown as PublishOptions);
  recorder.ownPublish(plain);
  await amqpPublish(serviceNamed(services, service as string | undefined), data, plain);
}
