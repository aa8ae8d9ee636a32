// Installs a RabbitMQ release beside the machine's own: a small Debian of its own in a cache folder, entered by chroot.
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RabbitMqProgram } from "./rabbitmq-program.ts";
import { cacheFolder, debianMirror, findRelease, releaseOf } from "./rabbitmq-versions.ts";

const run = promisify(execFile);

export interface InstallOptions {
  /** Ends an installation that takes longer: a mirror may answer, and then send nothing. @default 1800 */
  readonly limitSeconds?: number;
  /** Called with each step. @default a line on stderr */
  readonly say?: (line: string) => void;
}

/**
 * Resolves with the programs of the release, which it installs first where they are missing: a minute or two, half a
 * gigabyte. Rejects, and says why, where that cannot be done.
 */
export async function installRelease(version: string, options: InstallOptions = {}): Promise<RabbitMqProgram> {
  const present = findRelease(version);
  if (present) return present;
  const { limitSeconds = 1800, say = (line) => process.stderr.write(`${line}\n`) } = options;
  const step = stepsWithin(limitSeconds);
  const { suite } = releaseOf(version);
  const mirror = mirrorFor(version);
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  // Under another name until it is complete: other runs look for the final one only.
  const folder = mkdtempSync(join(cache, `.${version}-`));
  say(`Installing RabbitMQ ${version} (Debian ${suite}) into ${join(cache, version)}. This is done once.`);
  try {
    const root = join(folder, "root");
    // Before the long part: a mirror that does not answer, or does not have the suite, is reported in seconds.
    const quick = stepsWithin(Math.min(60, limitSeconds));
    await quick(
      "/bin/sh",
      "-ec",
      probe,
      `${mirror.replace(/\/$/, "")}/dists/${suite}/InRelease`,
      join(folder, "probe"),
    );
    await step("debootstrap", "--variant=minbase", suite, root, mirror, debootstrapScript(suite));
    await step("/bin/sh", "-ec", installation, root);
    writePrograms(folder, join(cache, version));
    rename(folder, join(cache, version));
  } catch (error) {
    throw new Error(`RabbitMQ ${version} could not be installed from ${mirror}: ${outputOf(error)}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const installed = findRelease(version);
  if (!installed) throw new Error(`RabbitMQ ${version} was installed into ${cache}, but is not found there.`);
  const got = readFileSync(join(cache, version, "version"), "utf8");
  if (!got.startsWith(`${version}.`)) say(`!!! Debian ${suite} has RabbitMQ ${got} now, not ${version}: using that.`);
  return installed;
}

/** Throws where this machine cannot hold another release. */
function mirrorFor(version: string): string {
  const refuse = (why: string): never => {
    throw new Error(`RabbitMQ ${version} is not on this machine and cannot be installed beside its own: ${why}`);
  };
  if (process.getuid?.() !== 0) refuse("this needs root.");
  if (!existsSync("/usr/sbin/debootstrap")) refuse("debootstrap is missing (`apt-get install debootstrap`).");
  return debianMirror() ?? refuse("no Debian mirror in the package sources; TOMODACHI_DEBIAN_MIRROR may name one.");
}

/** An older debootstrap has no script under the name of a newer suite; they are all the same one. */
function debootstrapScript(suite: string): string {
  const own = `/usr/share/debootstrap/scripts/${suite}`;
  return existsSync(own) ? own : "/usr/share/debootstrap/scripts/sid";
}

// Runs in its own mount namespace, so that nothing stays mounted. policy-rc.d keeps Debian from starting a server;
// without the line in hosts the node hangs on looking up its own name. The index of a suite may be past its date.
const installation = `
root=$0
printf '#!/bin/sh\\nexit 101\\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
echo '127.0.0.1 localhost' > "$root/etc/hosts"
exec unshare --mount sh -ec '
  mount --bind /proc "$0/proc"
  mount --rbind /dev "$0/dev"
  inside() {
    chroot "$0" env PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
  }
  inside apt-get -q -o Acquire::Check-Valid-Until=false update
  inside apt-get -q -y install --no-install-recommends rabbitmq-server
  inside dpkg-query -W -f "\\\${Version}" rabbitmq-server | cut -d- -f1 | tr -d "\\n" > "$0/../version"
  inside apt-get -q clean
  rm -rf "$0"/var/lib/apt/lists/*
' "$root"
`;

/** Starts a program inside. The node's folders have the same path inside as outside, by a mount that ends with it. */
function program(root: string, path: string): string {
  return `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
exec unshare --mount sh -ec '
  root=$0
  folders=$(dirname "$(dirname "$HOME")")
  mount --bind /proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mkdir -p "$root$folders"
  mount --bind "$folders" "$root$folders"
  exec chroot "$root" "$@"
' "${root}" ${path} "$@"
`;
}

function writePrograms(folder: string, finalFolder: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const [name, path] of [
    ["rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server"],
    ["rabbitmqctl", "/usr/lib/rabbitmq/bin/rabbitmqctl"],
    ["epmd", "/usr/bin/epmd"],
  ] as const) {
    writeFileSync(join(bin, name), program(join(finalFolder, "root"), path));
    chmodSync(join(bin, name), 0o755);
  }
}

/** Another run may have been first; then its folder is as good. */
function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(join(to, "bin"))) throw error;
  }
}

// By apt's own program, so with the machine's own proxies and certificates.
const probe = `exec /usr/lib/apt/apt-helper -o Acquire::http::Timeout=20 -o Acquire::Retries=1 download-file "$0" "$1"`;

/** Runs one command after another. `timeout` ends a command with everything that it started: apt starts programs of its own. */
function stepsWithin(limitSeconds: number): (command: string, ...parameters: readonly string[]) => Promise<void> {
  const env = { ...aptProxies(), ...process.env };
  const deadline = Date.now() + limitSeconds * 1000;
  return async (command, ...parameters) => {
    const seconds = Math.max(1, Math.round((deadline - Date.now()) / 1000));
    const words = ["--kill-after=10", String(seconds), command, ...parameters];
    await run("timeout", words, { maxBuffer: 64 * 1024 * 1024, env }).catch((error: unknown) => {
      // The codes of `timeout` for a command that it ended.
      if (![124, 137].includes((error as { code?: number }).code ?? 0)) throw error;
      throw new Error(`${command} was ended, because the installation took longer than it may.`, { cause: error });
    });
  };
}

/** The proxies that apt is configured with, in the words that debootstrap and the apt inside read. */
function aptProxies(): Record<string, string> {
  try {
    const words = ["shell", "http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy"];
    const text = execFileSync("apt-config", words, { encoding: "utf8" });
    const found = [...text.matchAll(/^(https?_proxy)='([^']*)'$/gm)].filter(([, , url = ""]) => url.includes("://"));
    return Object.fromEntries(found.map(([, name = "", url = ""]) => [name, url]));
  } catch {
    return {};
  }
}

/** The last lines of what the failed step printed. */
function outputOf(error: unknown): string {
  const {
    stdout = "",
    stderr = "",
    message = String(error),
  } = error as { stdout?: string; stderr?: string; message?: string };
  const said = `${stdout}\n${stderr}`.trim();
  return said === "" ? message : said.split("\n").slice(-12).join("\n");
}
