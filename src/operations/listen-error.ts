/** Why the operations port cannot be opened, and what to do. */
import { ServiceError } from "../service/errors.ts";

const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there. Stop it, or use another port",
  EACCES: "the process is not allowed to listen there. Use a port above 1023",
  EADDRNOTAVAIL: "this machine does not have this address. Use another host",
  ENOTFOUND: "this host does not exist. Use another host",
};

export function listenError(error: NodeJS.ErrnoException, host: string, port: number): ServiceError {
  const { code = "" } = error;
  const cure = cures[code] ?? `${error.message}. Use another port or host`;
  return new ServiceError(
    "ERR_OPERATIONS_PORT",
    `The operations port ${host}:${port} cannot be opened: ${cure} (options.operations, or TOMODACHI_OPERATIONS_PORT and TOMODACHI_OPERATIONS_HOST).`,
    { cause: error },
  );
}
