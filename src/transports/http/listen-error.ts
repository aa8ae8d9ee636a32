/** Why the port of HTTP cannot be opened, and what to do. */
import { memberOf, messageOf } from "../../errors.ts";
import { ServiceError } from "../../service/errors.ts";

const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program, or another run of this one, listens there. Stop it, or name another port",
  EACCES: "the process may not listen there. Take a port above 1023, or give the process the right to",
  EADDRNOTAVAIL: "this machine has no such address. Name another host",
  ENOTFOUND: "there is no such host. Name another host",
};

export function httpListenError(error: unknown, host: string, port: number): ServiceError {
  const cure = cures[String(memberOf(error, "code"))] ?? `${messageOf(error)}. Name another port or host`;
  return new ServiceError(
    "ERR_HTTP_PORT",
    `The port ${host}:${port} of HTTP cannot be opened: ${cure}, by options.http or TOMODACHI_HTTP_PORT and TOMODACHI_HTTP_HOST.`,
    { cause: error },
  );
}
