/** Options of a service, in every form. */
import { defineOptions, memoryDeduplicationStore, Service, type ServiceOptions } from "tomodachi";

export class Plain extends Service {
  name = "plain";
  override options = { amqp: { routingKeyPrefix: "prod.", prefetch: 5 }, terminationGracePeriodSeconds: 5 };
}
export class Checked extends Service {
  name = "checked";
  override options = defineOptions({ amqp: { topology: "python", hosts: ["a", "b:5673"], queueType: "classic" } });
}
export class Satisfying extends Service {
  name = "satisfying";
  override options = { amqp: { topology: "python" } } satisfies ServiceOptions;
}
export class Annotated extends Service {
  name = "annotated";
  override options: ServiceOptions = { amqp: { topology: "python", deduplicate: "messageId" } };
}

defineOptions({
  amqp: { circuitBreaker: { failures: 5, of: "any-class" }, deduplicationStore: memoryDeduplicationStore() },
});

// @ts-expect-error failures must be said
defineOptions({ amqp: { circuitBreaker: { windowSeconds: 5 } } });
// @ts-expect-error a slip in the name of a group
defineOptions({ ampq: {} });
// @ts-expect-error a slip in the name of an option
defineOptions({ amqp: { routingKeyPrefx: "prod." } });
// @ts-expect-error a slip beside a right one
defineOptions({ amqp: { routingKeyPrefx: "prod.", url: "amqp://localhost" } });
// @ts-expect-error a slip in a literal
defineOptions({ amqp: { topology: "pyton" } });
// @ts-expect-error a number is not text
defineOptions({ amqp: { prefetch: "5" } });

export class Misspelt extends Service {
  name = "misspelt";
  // @ts-expect-error the annotation checks what the parent's type cannot
  override options: ServiceOptions = { amqp: { routingKeyPrefx: "prod." } };
}
export class OnlySlip extends Service {
  name = "only-slip";
  // @ts-expect-error nothing in common with the options of AMQP: found without defineOptions, too
  override options = { amqp: { routingKeyPrefx: "prod." } };
}
export class WrongType extends Service {
  name = "wrong-type";
  // @ts-expect-error a member of another type is found without defineOptions, too
  override options = { amqp: { prefetch: "5" } };
}
/** What only defineOptions finds while it is typed; the start finds it in any case. */
export class SlipBesideRight extends Service {
  name = "slip-beside-right";
  override options = { amqp: { routingKeyPrefx: "prod.", url: "amqp://localhost" } };
}
// @ts-expect-error a service has a name
export class Nameless extends Service {}
