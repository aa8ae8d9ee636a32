// A transport without a connection: it records its calls, and does what a test requests.
import type { Handler } from "../../src/service/handler.ts";
import type { Trigger } from "../../src/service/registry.ts";
import type { ServiceContext, Transport, TransportDefinition } from "../../src/service/transport.ts";

type Verb = "create" | "add" | "start" | "drain" | "close";
type Act = (signal: AbortSignal) => Promise<void> | void;

/** One definition; what its transports do is in `log`, as `<name> <verb>`, among what the test itself writes there. */
export class RecordingTransport implements TransportDefinition<string> {
  readonly name: string;
  readonly log: string[];
  readonly contexts: ServiceContext[] = [];
  readonly handlers: Handler<string>[] = [];
  /** What a verb does beside being written down; throw there to fail. */
  readonly acts: Partial<Record<Verb, Act>> = {};

  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }

  create(context: ServiceContext): Transport<string> {
    const act = async (verb: Verb, signal: AbortSignal): Promise<void> => {
      this.#note(context, verb);
      await this.acts[verb]?.(signal);
    };
    this.contexts.push(context);
    this.#note(context, "create");
    void this.acts.create?.(new AbortController().signal);
    return {
      add: (handler) => {
        this.#note(context, `add ${handler.name}`);
        this.handlers.push(handler);
        void this.acts.add?.(new AbortController().signal);
      },
      start: (signal) => act("start", signal),
      drain: (signal) => act("drain", signal),
      close: (signal) => act("close", signal),
      health: () => ({ transport: this.name, healthy: true, reasons: [], connections: [], consumers: [] }),
      describe: () => [`${context.name} listens`],
    };
  }

  #note(context: ServiceContext, what: string): void {
    this.log.push(`${context.name}: ${this.name} ${what}`);
  }

  /** What a decorator leaves on a class. */
  trigger(options = ""): Trigger {
    return { transport: this, options, label: `@${this.name}("${options}")` } as unknown as Trigger;
  }
}
