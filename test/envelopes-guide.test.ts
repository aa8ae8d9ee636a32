// The envelope that the guide on envelopes writes itself does what the guide says.
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import { JsonBase, RawBytes, type Service } from "../src/index.ts";
import { startService } from "../src/testing/index.ts";

const guide = readFileSync(fileURLToPath(new URL("../docs/guides/envelopes.md", import.meta.url)), "utf8");

/** The service of the sample, in a process whose environment has this secret. */
async function postWith(secret: string): Promise<new () => Service> {
  const [, code = ""] = /## Your own envelope[\s\S]*?```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tomodachi-envelope-")));
  const file = join(folder, "post.ts");
  writeFileSync(file, code);
  vi.stubEnv("LETTER_SECRET", secret);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  return ((await import(/* @vite-ignore */ file)) as { readonly Post: new () => Service }).Post;
}

it("the envelope of the guide passes what it signed, and refuses a message without the right signature", async () => {
  await using app = await startService(await postWith("s3cret"));
  const letter = { text: "see you on Sunday" };
  const body = JSON.stringify(letter);

  // Without a signature, with a wrong one, in another envelope; at last with the right one.
  const unsigned = { routingKey: "letter", messageEnvelope: RawBytes };
  await app.publish(body, unsigned);
  await app.publish(body, { ...unsigned, headers: { "x-signature": "00".repeat(32) } });
  await app.publish(letter, { routingKey: "letter", messageEnvelope: JsonBase });
  const headers = { "x-signature": createHmac("sha256", "s3cret").update(body).digest("hex") };
  await app.publish(body, { ...unsigned, headers });

  const delivered = await app.nextPublished("letter.delivered");
  expect(JSON.parse(delivered.body.toString())).toEqual(letter);
  expect(delivered.properties).toMatchObject({ headers });
  expect((await app.handled("onLetter")).data).toEqual(letter);
  const refused = await app.deadLetters("onLetter", { count: 3 });
  expect(refused).toHaveLength(3);
  for (const dead of refused) {
    expect(dead).toMatchObject({
      reason: "unreadable",
      error: { message: expect.stringContaining("signature is wrong") },
    });
  }

  // The signature belongs to these bytes alone.
  await app.publish(body.replace("Sunday", "Monday"), { ...unsigned, headers });
  expect(await app.deadLetters("onLetter", { count: 4 })).toHaveLength(4);
});

it("the service of the guide does not start without the secret of its envelope", async () => {
  await expect(startService(await postWith(""))).rejects.toThrow("the secret is missing: set LETTER_SECRET");
});
