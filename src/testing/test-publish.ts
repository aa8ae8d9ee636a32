/** A publish by a test, as one of its services would do it. */
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

/** What follows the data, or the contract, of a publish: the arguments of `amqpPublish`, and the service that it is done for. */
export type TestPublishArguments<What, E> = PublishArguments<What, E, { readonly service?: string | undefined }>;

/** `rest` has been checked by the compiler, as `TestPublishArguments`. */
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
