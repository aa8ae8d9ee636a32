/** The embedded broker of a watched run. It lives in the watching process, so that queues and messages survive a restart. */

import { messageOf } from "../../errors.ts";
import type { ChildMessage, ParentMessage } from "../../hot-reload/messages.ts";
import type { Logger } from "../../log/logger.ts";
import { PortTakenError } from "../common/errors.ts";
import { DevBroker, devBrokerUrl, type Holder } from "./dev-broker.ts";
import type { DevelopmentBroker } from "./run-host.ts";

type Answer = Extract<ParentMessage, { readonly tomodachi: "broker" }>;
type Question = Extract<ChildMessage, { readonly tomodachi: "broker" }>;

/** In the process with the services: asks the watching process. */
export class ParentBroker implements DevelopmentBroker {
  readonly url: string;
  readonly #port: number;
  readonly #ask: (question: ChildMessage) => void;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  #listener = "";

  constructor(port: number, ask: (question: ChildMessage) => void) {
    this.#port = port;
    this.#ask = ask;
    this.url = devBrokerUrl(port);
  }

  look(): Promise<Holder | undefined> {
    return this.#question("look");
  }

  async hold(): Promise<Holder> {
    const holder = await this.#question("hold");
    return holder ?? "another broker";
  }

  describeListener(): string {
    return this.#listener;
  }

  /** The broker continues without these services. */
  async stop(): Promise<void> {}

  answered(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  async #question(act: Question["act"]): Promise<Holder | undefined> {
    const id = ++this.#lastId;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#ask({ tomodachi: "broker", id, act, port: this.#port });
    });
    this.#listener = answer.listener;
    if (answer.problem !== undefined) throw new PortTakenError(answer.problem);
    return answer.holder as Holder | undefined;
  }
}

/** In the watching process: has the broker, from the first question on. */
export class BrokerKeeper {
  readonly #logger: Logger;
  #broker: DevBroker | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async answer({ id, act, port }: Question): Promise<Answer> {
    this.#broker ??= new DevBroker(port, this.#logger);
    const broker = this.#broker;
    try {
      const holder = act === "hold" ? await broker.hold() : await broker.look();
      return { tomodachi: "broker", id, holder, listener: broker.describeListener(), problem: undefined };
    } catch (error) {
      return {
        tomodachi: "broker",
        id,
        holder: undefined,
        listener: broker.describeListener(),
        problem: messageOf(error),
      };
    }
  }

  async stop(): Promise<void> {
    await this.#broker?.stop();
  }
}
