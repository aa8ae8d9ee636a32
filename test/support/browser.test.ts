// The browser of the tests works here, sees what people see, and reaches nothing beyond this machine.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithBrowser, TestBrowser } from "./browser.ts";

describeWithBrowser("the browser of the tests", () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.open();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("shows a page in the preferred colours, and reports errors", async () => {
    const html = `<style>@media (prefers-color-scheme: dark) { body { background: rgb(0, 0, 0) } }</style>
      <h1>hello</h1><img src="http://example.com/a.png"><script>console.error("a line"); throw new Error("a fault")</script>`;
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end(html);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await using tab = await browser.tab({ colorScheme: "dark" });
      await tab.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      expect(await tab.page.textContent("h1")).toBe("hello");
      const colour = await tab.page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(colour).toBe("rgb(0, 0, 0)");
      expect(tab.problems.join("\n")).toMatch(/beyond this machine: http:\/\/example\.com\/a\.png/);
      expect(tab.problems).toEqual(expect.arrayContaining(["console: a line", "error: a fault"]));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
