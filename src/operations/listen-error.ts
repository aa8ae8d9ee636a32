/** Why the operations port cannot be opened, and what to do. */
import { ServiceError } from "../service/errors.ts";

const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there. Stop it, or name another port",
  EACCES: "the process may not listen there. Take a port above 1023",
  EADDRNOTAVAIL: "this machine has no such address. Name another host",
  ENOTFOUND: "there is no such host. Name another host",
};

export function listenError(error: NodeJS.ErrnoException, host: string, port: number): ServiceError {
  const { code = "" } = error;
  const cure = cures[code] ?? `${error.message}. Name another port or host`;
  return new ServiceError(
    "ERR_OPERATIONS_PORT",
    `The operations port ${host}:${port} cannot be opened: ${cure}, by options.operations or TOMODACHI_OPERATIONS_PORT and TOMODACHI_OPERATIONS_HOST.`,
    { cause: error },
  );
}
