/** The headers of a message, as propagators of OpenTelemetry read and write them. */
import type { Context, TextMapGetter, TextMapSetter } from "@opentelemetry/api";
import type { OpenTelemetry } from "./opentelemetry.ts";

type Headers = Readonly<Record<string, unknown>>;

/** Header names of AMQP have cases, and propagators ask in small letters. */
const getter: TextMapGetter<Headers> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => textOf(Object.hasOwn(headers, name) ? headers[name] : undefined),
};

/** Of one value, in bytes: the limit for a baggage in https://www.w3.org/TR/baggage/#limits, the longest of the common ones. */
const longestValue = 8192;

/** What AMQP cannot carry, or only at the cost of the message, is left out: a propagator may be the user's own. */
const setter: TextMapSetter<Record<string, unknown>> = {
  set: (headers, name, value: unknown) => {
    if (typeof value !== "string" || Buffer.byteLength(value) > longestValue) return;
    // AMQP 0-9-1, 4.2.5.5: the name of a field is a short string.
    if (name !== "" && Buffer.byteLength(name) <= 255) headers[name] = value;
  },
};

/** What the registered propagator writes of a context; undefined when it writes nothing. */
export function headersFor({ propagation }: OpenTelemetry, context: Context): Headers | undefined {
  const headers: Record<string, unknown> = {};
  propagation.inject(context, headers, setter);
  return Object.keys(headers).length > 0 ? headers : undefined;
}

/** The context of a received message; the root context if it has none. */
export function contextIn({ propagation, ROOT_CONTEXT }: OpenTelemetry, headers: Headers): Context {
  return propagation.extract(ROOT_CONTEXT, headers, getter);
}

/** That of an instrumented server, which is active; else what the client of a request has sent. */
export function contextOfRequest(api: OpenTelemetry, headers: Headers): Context {
  const active = api.context.active();
  return api.trace.getSpan(active) ? active : contextIn(api, headers);
}

/** Other clients may have written bytes. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Buffer.isBuffer(value) ? value.toString("utf8") : undefined;
}
