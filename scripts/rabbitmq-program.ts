// Where RabbitMQ's own programs are on this machine; Debian's wrapper on the PATH switches user, so it is looked behind.
import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The two programs of one installation. */
export interface RabbitMqProgram {
  readonly server: string;
  readonly ctl: string;
}

export const howToInstall =
  "Install it: `apt-get install rabbitmq-server` (Debian, Ubuntu), `brew install rabbitmq` (macOS), or see " +
  "https://www.rabbitmq.com/docs/download. If it is installed already, set RABBITMQ_SERVER to its rabbitmq-server program.";

const libraryFolders = [
  "/usr/lib/rabbitmq/bin",
  "/usr/lib64/rabbitmq/bin",
  "/opt/rabbitmq/sbin",
  "/opt/homebrew/opt/rabbitmq/sbin",
  "/usr/local/opt/rabbitmq/sbin",
  "/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin",
];

/** The first installation found: the one on the PATH, then the well-known folders, then what `RABBITMQ_SERVER` names. */
export function findRabbitMq(environment: NodeJS.ProcessEnv = process.env): RabbitMqProgram | undefined {
  const { RABBITMQ_SERVER: named } = environment;
  for (const folder of [...pathFolders(environment), ...libraryFolders, ...(named ? [realFolder(named)] : [])]) {
    if (folder === undefined) continue;
    const program = { server: join(folder, "rabbitmq-server"), ctl: join(folder, "rabbitmqctl") };
    if (isExecutable(program.server) && isExecutable(program.ctl)) return program;
  }
  return undefined;
}

/** Folders behind the `rabbitmq-server` programs on the PATH: each one's own, unless that is the wrapper's. */
function pathFolders(environment: NodeJS.ProcessEnv): readonly (string | undefined)[] {
  const { PATH = "" } = environment;
  // Debian keeps the server's programs in sbin, which the PATH of an ordinary user lacks.
  const folders = [...PATH.split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.flatMap((folder) => {
    const real = folder && realFolder(join(folder, "rabbitmq-server"));
    if (!real) return [];
    if (!readdirSync(real).includes("rabbitmq-script-wrapper")) return [real];
    // The wrapper is beside the real programs, or in the library folder above them.
    return readdirSync(real).includes("rabbitmq-env")
      ? [real]
      : [join(dirname(real), "bin"), join(dirname(real), "sbin")];
  });
}

function realFolder(program: string): string | undefined {
  try {
    return dirname(realpathSync(program));
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
