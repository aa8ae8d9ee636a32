import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FileChanges } from "./file-changes.ts";

let folder: string;
let watched: FileChanges | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tomodachi-changes-"));
});
afterEach(async () => {
  watched?.close();
  await rm(folder, { recursive: true });
});

it("restarts once for a file that waits and for another file that restarts meanwhile", async () => {
  const restarts: string[][] = [];
  const pauses: number[] = [];
  watched = new FileChanges({
    roots: [folder],
    environmentFile: join(folder, ".env"),
    moreEndings: [],
    isIgnored: () => false,
    changed: (paths) => restarts.push(paths.map((path) => path.slice(folder.length + 1))),
    paused: (_path, pauseMs) => pauses.push(pauseMs),
    failed: (_folder, error) => {
      throw error;
    },
  });
  const save = (name: string, count: number): Promise<void> => writeFile(join(folder, name), `${count}`);
  for (let count = 1; pauses.length === 0; count++) {
    const before = restarts.length;
    await save("written.json", count);
    await vi.waitFor(() => expect(restarts.length + pauses.length).toBeGreaterThan(before), { timeout: 20_000 });
  }
  const before = restarts.length;
  await save("saved.json", 1);
  await vi.waitFor(() => expect(restarts).toHaveLength(before + 1), { timeout: 20_000 });
  await sleep((pauses[0] ?? 0) + 300);
  expect(restarts.slice(before)).toEqual([["saved.json"]]);
  // What is written after that restart still waits, and is loaded.
  await save("written.json", 100);
  await vi.waitFor(() => expect(restarts.slice(before + 1)).toEqual([["written.json"]]), { timeout: 20_000 });
}, 40_000);
