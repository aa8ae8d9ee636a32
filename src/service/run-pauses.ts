/** Pauses and resumes handlers of all services of a run, by names such as `onPaid` and `orders.onPaid`. */
import { ServiceError } from "./errors.ts";
import { type HandlerPauses, unknownHandler } from "./handler-pauses.ts";

/** What is needed of a running service. */
export interface PausableService {
  readonly service: { readonly name: string };
  readonly pauses: Pick<HandlerPauses, "handlers" | "pausable" | "paused" | "pause" | "resume">;
}

export class RunPauses {
  readonly #services: readonly PausableService[];

  constructor(services: readonly PausableService[]) {
    this.#services = services;
  }

  /** The paused handlers, each as `orders.onPaid`. */
  get paused(): readonly string[] {
    return this.#services.flatMap(({ service, pauses }) => pauses.paused.map((name) => `${service.name}.${name}`));
  }

  /**
   * From now on nothing starts. Resolves when the running work has ended. Without a name it pauses every handler that can be paused. `by`
   * completes the sentence "paused by ...".
   * @throws ERR_SERVICE_HANDLER, ERR_TRANSPORT_PAUSE, before anything is paused
   */
  pause(handler: string | undefined, by: string): Promise<unknown> {
    const { services, name } = this.#find(handler);
    return Promise.all(services.map(({ pauses }) => pauses.pause(name, by)));
  }

  /** Resumes a paused handler, whatever paused it; without a name, all handlers. @throws ERR_SERVICE_HANDLER */
  resume(handler: string | undefined, by: string): void {
    const { services, name } = this.#find(handler);
    for (const { pauses } of services) pauses.resume(name, by);
  }

  /** Resumes all handlers if everything that can be paused is paused; otherwise pauses all. */
  toggle(by: string): void {
    const all = this.#services.flatMap(({ pauses }) => pauses.pausable);
    if (all.length > 0 && this.paused.length >= all.length) this.resume(undefined, by);
    else void this.pause(undefined, by);
  }

  #find(handler: string | undefined): { readonly services: readonly PausableService[]; readonly name?: string } {
    if (handler === undefined) return { services: this.#services };
    const known = this.#services.flatMap((one) => one.pauses.handlers.map((name) => ({ one, name })));
    const fullName = ({ one, name }: (typeof known)[number]): string => `${one.service.name}.${name}`;
    const found = known.filter((each) => handler === each.name || handler === fullName(each));
    const [first, ...more] = found;
    const names = known.map(fullName);
    if (!first) {
      const short = known.map(({ name }) => name);
      throw unknownHandler(`No service of this run has a handler "${handler}".`, handler, names, short);
    }
    if (more.length === 0) return { services: [first.one], name: first.name };
    const list = found.map((each) => `"${fullName(each)}"`).join(", ");
    throw new ServiceError("ERR_SERVICE_HANDLER", `Several services have a handler "${handler}". Name one of ${list}.`);
  }
}
