/** The error if the port of HTTP cannot be opened, with what to do. */
import { memberOf, messageOf } from "../../errors.ts";
import { ServiceError } from "../../service/errors.ts";

const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program, or another run of this program, listens there. Stop it, or use another port",
  EACCES: "the process is not allowed to listen there. Use a port above 1023, or give the process the permission",
  EADDRNOTAVAIL: "this machine does not have this address. Use another host",
  ENOTFOUND: "this host does not exist. Use another host",
};

export function httpListenError(error: unknown, host: string, port: number): ServiceError {
  const cure = cures[String(memberOf(error, "code"))] ?? `${messageOf(error)}. Use another port or host`;
  return new ServiceError(
    "ERR_HTTP_PORT",
    `The service cannot listen for HTTP on ${host}:${port}: ${cure} (options.http, or TOMODACHI_HTTP_PORT and TOMODACHI_HTTP_HOST).`,
    { cause: error },
  );
}
