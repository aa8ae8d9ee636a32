/** What the definition of HTTP loads when a service uses it. */
export { rightHttpOptions } from "./resolve-options.ts";
export { HttpTransport } from "./transport.ts";
