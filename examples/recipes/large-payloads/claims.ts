import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What the message carries instead of the payload. */
export const Claim = z.object({ key: z.uuid(), bytes: z.number().int(), sha256: z.string() });
export type Claim = z.infer<typeof Claim>;

/**
 * Stores large payloads in a folder that all services can read. With S3, `put` is a PutObject and `get` is a GetObject.
 */
export class PayloadStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves when the whole payload is stored. */
  async put(payload: Buffer): Promise<Claim> {
    const key = randomUUID();
    await mkdir(this.#folder, { recursive: true });
    // A file with its final name is always complete, even after a crash.
    await writeFile(join(this.#folder, `${key}.part`), payload, { flush: true });
    await rename(join(this.#folder, `${key}.part`), join(this.#folder, key));
    return { key, bytes: payload.length, sha256: hashOf(payload) };
  }

  /** Returns the payload, byte for byte as it was stored. */
  async get({ key, bytes, sha256 }: Claim): Promise<Buffer> {
    const payload = await readFile(join(this.#folder, key));
    if (payload.length !== bytes || hashOf(payload) !== sha256) throw new Error(`The payload ${key} was changed.`);
    return payload;
  }
}

function hashOf(payload: Buffer): string {
  return createHash("sha256").update(payload).digest("hex");
}
