// rabbitmqctl for one node, described by values that can be handed to another process.
import { execFile } from "node:child_process";

/** What a process needs to administer a node it did not start. Holds only text, so it travels between processes. */
export interface RabbitMqAccess {
  readonly nodeName: string;
  /** The `rabbitmqctl` of the installation that runs the node. */
  readonly ctlProgram: string;
  /** The whole environment for it: the home that holds the cookie, the ports. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs one rabbitmqctl command and resolves with what it printed; rejects with what it complained about. */
export function runCtl(access: RabbitMqAccess, ...parameters: readonly string[]): Promise<string> {
  const { nodeName, ctlProgram, environment } = access;
  const { HOME: home } = environment;
  return new Promise((resolve, reject) => {
    execFile(
      ctlProgram,
      ["-q", "-n", nodeName, ...parameters],
      { env: environment, cwd: home, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout.trim());
        const said = `${stderr}\n${stdout}`.trim();
        reject(new Error(`rabbitmqctl ${parameters.join(" ")} failed on ${nodeName}: ${said || error.message}`));
      },
    );
  });
}
