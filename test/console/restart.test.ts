// An open page over a restart of its services: it reconnects automatically, to the same port, with the same token.
import { afterAll, expect, it, vi } from "vitest";
import { freePort } from "../cli/free-port.ts";
import { TemporaryProject } from "../cli/temporary-project.ts";
import { describeWithBrowser, TestBrowser } from "../support/browser.ts";

// Three starts of two processes.
vi.setConfig({ testTimeout: 120_000 });

function service(handler: string): string {
  return `import { amqp, defineService, on } from "tomodachi";

// It only publishes: the page draws the other one first, and no empty box.
export const sender = defineService({ name: "sender", handlers: {}, startedService() {} });
export const orders = defineService({
  name: "orders",
  handlers: { ${handler}: on(amqp("order.*.paid", { queueName: "orders" }), async () => {}) },
});
`;
}

describeWithBrowser("a page over a restart", () => {
  const project = new TemporaryProject({ "package.json": '{ "type": "module" }', "app.ts": service("onFirst") });
  afterAll(() => project.remove());

  it("continues automatically, and the restart prints the address again", async () => {
    await using browser = await TestBrowser.open();
    const words = ["run", "app.ts", "--watch", "--console", "--console-port", "0", "--broker", "embedded"];
    const environment = { TOMODACHI_BROKER_PORT: String(await freePort()) };
    const started = project.start(words, { environment });
    try {
      await started.seen("Console:");
      const addresses = (): readonly string[] =>
        [...started.written().matchAll(/Console: (\S+)/g)].map(([, address = ""]) => address);
      const [address = ""] = addresses();
      await using tab = await browser.tab();
      const { page } = tab;
      await page.goto(address);
      await page.getByText("onFirst").waitFor();
      for (const handler of ["onSecond", "onThird"]) {
        project.write({ "app.ts": service(handler) });
        await page.getByText(handler).waitFor({ timeout: 60_000 });
        await page.getByText("running", { exact: true }).waitFor();
      }
      await started.seen("Ready again");
      expect(addresses()).toEqual([address, address, address]);
      expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(["orders"]);
      await page.getByText("Without handlers: sender").waitFor();
      expect(await page.locator(".empty").count()).toBe(0);
      await tab.keep("console-after-restart");
    } finally {
      started.child.kill("SIGTERM");
      await started.ended;
    }
  });
});
