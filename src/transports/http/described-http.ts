/** What a service answers over HTTP, known without listening. */
import { registrationsFor } from "../../service/registry.ts";
import type { Service } from "../../service/service.ts";
import { httpTransport } from "./definition.ts";
import { type ResolvedHttp, resolveHttp } from "./resolve-options.ts";
import { type HttpTrigger, type ResolvedRoute, resolveRoute } from "./route-options.ts";
import { StaticFiles } from "./static-files.ts";
import { resolveWebSocket } from "./websocket-options.ts";

export interface DescribedHttp {
  /** The address on which it listens. Undefined if it does not listen itself, for example in an application of the user. */
  readonly address: string | undefined;
  readonly routes: readonly DescribedRoute[];
}

export interface DescribedRoute {
  readonly handler: string;
  readonly kind: "route" | "files" | "websocket" | "error";
  /** The methods. GET for a web socket, which begins as a request; empty for a handler of errors. */
  readonly methods: readonly string[];
  /** The path as text, with the prefix of the service. For a handler of errors, the status. */
  readonly path: string;
  /** The parts that a schema checks: `body`, `query`, `params`, `response`; for a web socket `query`, `params`, `message`. */
  readonly checked: readonly string[];
}

/**
 * Undefined if the service has no HTTP handlers.
 * @throws ConfigurationError, as the start of the service would
 */
export function describeHttp(
  service: Service,
  environment: Readonly<Record<string, string | undefined>>,
): DescribedHttp | undefined {
  const registrations = registrationsFor(service, httpTransport.name);
  if (registrations.length === 0) return undefined;
  const options = resolveHttp(service.name, (service.options as { readonly http?: unknown }).http, environment);
  const { tls, host, port } = options.server;
  const routes = registrations.map(({ method: handler, trigger }): DescribedRoute => {
    const own = trigger.options as HttpTrigger;
    if (own.kind === "error") {
      return { handler, kind: "error", methods: [], path: `status ${String(own.status)}`, checked: [] };
    }
    return { handler, kind: kinds[own.kind], ...partsOf(own, options, trigger.label) };
  });
  const address = options.server.listen && !options.app ? `${tls ? "https" : "http"}://${host}:${port}` : undefined;
  return { address, routes };
}

type PathTrigger = Exclude<HttpTrigger, { readonly kind: "error" }>;

const kinds = { static: "files", websocket: "websocket", route: "route" } as const;

function partsOf(
  trigger: PathTrigger,
  options: ResolvedHttp,
  label: string,
): Pick<DescribedRoute, "methods" | "path" | "checked"> {
  if (trigger.kind === "websocket") {
    const { route, schema } = resolveWebSocket(trigger, options, label);
    return { ...pathOf(route), checked: checkedParts(schema) };
  }
  const route =
    trigger.kind === "static" ? new StaticFiles(trigger, options, label).route : resolveRoute(trigger, options, label);
  return { ...pathOf(route), checked: checkedParts(route.schema) };
}

function pathOf({ methods, pattern }: ResolvedRoute): Pick<DescribedRoute, "methods" | "path"> {
  return { methods, path: pattern.text };
}

function checkedParts(schema: object): readonly string[] {
  return Object.entries(schema).flatMap(([part, value]) => (value === undefined ? [] : [part]));
}
