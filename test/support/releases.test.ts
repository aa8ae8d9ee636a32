// Which RabbitMQ a run of the tests gets: never another release than the one that was asked for.
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { installRelease } from "../../scripts/rabbitmq-install.ts";
import { debianMirror, findRelease, releases } from "../../scripts/rabbitmq-versions.ts";

it("a release that is installed in the cache folder is found", () => {
  const cache = emptyCache();
  const server = install(cache, "4.0");
  expect(findRelease("4.0")?.server).toBe(server);
});

it("the release that TOMODACHI_TEST_RABBITMQ_VERSION names is used, and no other if it is missing", () => {
  const cache = emptyCache();
  install(cache, "4.0");
  vi.stubEnv("TOMODACHI_TEST_RABBITMQ_VERSION", "4.3");
  expect(findRelease()).toBeUndefined();
  const server = install(cache, "4.3");
  expect(findRelease()?.server).toBe(server);
});

it("an unknown release is refused with the list of known ones", () => {
  expect(() => findRelease("2.1")).toThrow(
    `RabbitMQ 2.1 is not one of ${releases.map((one) => one.version).join(", ")}.`,
  );
});

const canInstall = process.getuid?.() === 0 && existsSync("/usr/sbin/debootstrap");

it.skipIf(!canInstall)(
  "a mirror that does not answer is given up after its timeout, and leaves nothing behind",
  async () => {
    const cache = emptyCache();
    const silent = createServer(() => {});
    onTestFinished(() => void silent.closeAllConnections());
    await once(silent.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    vi.stubEnv("TOMODACHI_DEBIAN_MIRROR", `http://127.0.0.1:${port}/debian`);
    const lines: string[] = [];
    const installing = installRelease("4.0", { limitSeconds: 2, say: (line) => lines.push(line) });
    await expect(installing).rejects.toThrow(
      /^RabbitMQ 4\.0 could not be installed from http:\/\/127\.0\.0\.1:\d+\/debian: .*took longer than it may/,
    );
    expect(lines).toHaveLength(1);
    expect(readdirSync(cache)).toEqual([]);
  },
);

it("the named mirror is used", () => {
  expect(debianMirror({ TOMODACHI_DEBIAN_MIRROR: "http://mirror.test/debian" })).toBe("http://mirror.test/debian");
});

function emptyCache(): string {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-releases-"));
  vi.stubEnv("TOMODACHI_RABBITMQ_CACHE", folder);
  vi.stubEnv("TOMODACHI_TEST_RABBITMQ_VERSION", "");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return folder;
}

function install(cache: string, version: string): string {
  const bin = join(cache, version, "bin");
  mkdirSync(bin, { recursive: true });
  for (const name of ["rabbitmq-server", "rabbitmqctl"]) {
    writeFileSync(join(bin, name), "");
    chmodSync(join(bin, name), 0o755);
  }
  return join(bin, "rabbitmq-server");
}
