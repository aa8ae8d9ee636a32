/** The context of one run of a handler, for transports that have no context class of their own. */
import type { Logger } from "../log/logger.ts";
import type { MessageContext } from "./context.ts";
import type { ServiceInstance } from "./instance.ts";
import type { RunAbort } from "./run-abort.ts";

export interface RunContextSettings {
  readonly service: ServiceInstance;
  readonly message: unknown;
  readonly abort: RunAbort;
  /** That of the handler; the run gets a child of it. */
  readonly logger: Logger;
  readonly logFields: Readonly<Record<string, unknown>> | undefined;
  /** The transport's own members. */
  readonly values: object | undefined;
}

/** Makes the context of one run. */
export type CreateRunContext = (settings: RunContextSettings) => MessageContext;

/** The transport's members are on the prototype, where middleware cannot replace them; see `addValues`. */
export function createRunContext(settings: RunContextSettings): MessageContext {
  const { service, message, abort, logger, logFields, values } = settings;
  let own: Logger | undefined = logFields ? undefined : logger;
  const members = {
    ...values,
    service,
    message,
    get signal(): AbortSignal {
      return abort.signal;
    },
    get logger(): Logger {
      own ??= logger.child({ ...logFields });
      return own;
    },
  };
  return Object.create(Object.freeze(members)) as MessageContext;
}
