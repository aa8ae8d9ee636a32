/** Informs the observers of a run what happens to a connection. */
import type { AmqpConnection } from "../../amqp-client/connection.ts";
import type { ServiceContext } from "../../service/transport.ts";
import { serverOf } from "./outbound/watched-message.ts";

/** Returns the connection. Call it before the connection opens. `name` is that of a named connection. */
export function observeConnection(
  connection: AmqpConnection,
  { observer, service }: ServiceContext,
  name: string | undefined,
): AmqpConnection {
  if (!observer?.connection) return connection;
  const { purpose } = connection;
  const common = () => ({ service, purpose, connection: name, server: serverOf(connection) });
  let again = false;
  connection.subscribe({
    opened: () => {
      observer.connection?.({ ...common(), kind: "opened", again });
      again = true;
    },
    lost: (error) => observer.connection?.({ ...common(), kind: "lost", error }),
    blocked: (reason) => observer.connection?.({ ...common(), kind: "blocked", reason }),
    unblocked: () => observer.connection?.({ ...common(), kind: "unblocked" }),
  });
  return connection;
}
