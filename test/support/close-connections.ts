// Closes connections from the broker's side, as an operator does.
import { ctl } from "./broker.ts";

/** Closes every connection whose client called itself by this name. Fails when there is none. */
export async function closeConnections(name: string): Promise<void> {
  // As a table: only there a pid is written as close_connection takes it.
  const lines = (await ctl("list_connections", "--quiet", "pid", "client_properties")).split("\n");
  const pids = lines.filter((line) => line.includes(name)).map((line) => line.split("\t")[0] ?? "");
  if (pids.length === 0) throw new Error(`the broker knows no connection of "${name}"`);
  for (const pid of pids) await ctl("close_connection", pid, "closed by a test");
}
