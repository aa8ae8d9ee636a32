/** The HTTP middleware of a service. */
import { ConfigurationError } from "../../service/errors.ts";
import type { MessageMiddleware } from "../../service/middleware.ts";
import type { ServiceContext } from "../../service/transport.ts";

/** @throws ConfigurationError for a value that is not a list of functions */
export function middlewareOf({ service }: ServiceContext): readonly MessageMiddleware[] {
  const { httpMiddleware = [] } = service as { readonly httpMiddleware?: unknown };
  if (Array.isArray(httpMiddleware) && httpMiddleware.every((one) => typeof one === "function")) return httpMiddleware;
  throw new ConfigurationError(`httpMiddleware of the service "${service.name}" must be a list of functions.`);
}
