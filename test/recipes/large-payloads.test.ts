/** The recipe of large payloads: the broker carries a claim, and the payload is somewhere else. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { PayloadStore } from "../../examples/recipes/large-payloads/claims.ts";
import { describeWithBroker } from "../support/broker.ts";
import { openRecipeBroker } from "./recipe-broker.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-payloads-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describeWithBroker("the recipe of large payloads", () => {
  it("sends 20 MB to another service with a message of a few hundred bytes", async () => {
    const broker = await openRecipeBroker();
    const { queue } = await broker.foreign.channel.assertQueue("", { exclusive: true });
    await broker.foreign.channel.bindQueue(queue, "amq.topic", "report.*.ready");
    const services = broker.run("large-payloads/", { PAYLOAD_FOLDER: temporaryFolder() });
    await services.says("service started", 2);
    await broker.publish("report.wanted", "sales 20");
    await services.says("sales has 20000000 bytes");
    const message = await broker.foreign.get(queue);
    expect(message?.content.length).toBeLessThan(1000);
    expect(await services.stop(), services.output).toBe(0);
  });

  it("refuses a payload that was changed or deleted", async () => {
    const folder = temporaryFolder();
    const store = new PayloadStore(folder);
    const claim = await store.put(Buffer.from("the report"));
    expect((await store.get(claim)).toString()).toBe("the report");
    writeFileSync(join(folder, claim.key), "the Report");
    await expect(store.get(claim)).rejects.toThrow("was changed");
    rmSync(join(folder, claim.key));
    await expect(store.get(claim)).rejects.toThrow("ENOENT");
  });
});
