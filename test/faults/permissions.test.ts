// Permissions are revoked and restored: refused work gets a named error, and everything recovers automatically.
import { expect, it } from "vitest";
import { createVirtualHost, describeWithPrivateBroker, operator, until } from "../support/broker.ts";
import { startTraffic } from "./support/traffic.ts";

const everything = { configure: ".*", write: ".*", read: ".*" };

describeWithPrivateBroker("permissions that are revoked and restored", () => {
  it("stop consumers, which are unhealthy and try again until they consume", { timeout: 60_000 }, async () => {
    await using host = await createVirtualHost();
    await using traffic = await startTraffic("permissions revoked and restored", { url: host.url });
    for (let round = 0; round < 10; round++) await traffic.publishOne();
    await until(() => traffic.ledger.complete, { what: "the first messages" });
    await operator().setPermissions(host.name, { configure: "^$", write: "^$", read: "^$" });
    await operator().closeConnections("to forget what was allowed", host.name);
    const refused = (): boolean => traffic.service.health().reasons.some((reason) => /refused|ACCESS/.test(reason));
    await until(refused, { what: "the refusal in the health" });
    await traffic.publishOne();
    expect(traffic.ledger.rejections.map(({ code }) => code)).toEqual(["ERR_AMQP_PUBLISH_REFUSED"]);
    await operator().setPermissions(host.name, everything);
    await traffic.healthy();
    for (let round = 0; round < 10; round++) await traffic.publishOne();
    await traffic.settled({ mayReject: 1 });
    expect(traffic.ledger.balance().confirmed).toBe(20);
  });
});
