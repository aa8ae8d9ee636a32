/** Free ports of this machine: no test uses the port of a broker that the developer may have running. */
import { freePorts } from "../../scripts/rabbitmq-settings.ts";

/** Below the ports that the system gives to other connections, which could take it before the test uses it. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}
