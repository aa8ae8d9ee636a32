// A service with a console, and a browser that opens its page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { z } from "zod";
import { amqp, amqpPublish, defineService, event, JsonBase, on, type Service } from "../../src/index.ts";
import { until } from "../support/broker.ts";
import { type BrowserTab, TestBrowser } from "../support/browser.ts";
import { createScope, type TestScope } from "../support/running.ts";
import { type ConsoleUnderTest, runWithConsole } from "./console-support.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** What axe finds that is more than minor, a line each. */
export async function found(tab: BrowserTab): Promise<readonly string[]> {
  // By the protocol of the browser: the policy of the page runs no other script.
  await tab.page.evaluate(axe);
  const { violations } = (await tab.page.evaluate("axe.run(document)")) as AxeResult;
  return violations
    .filter(({ impact }) => impact !== "minor")
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}

export const hostile = `<img src=x onerror="window.harmed=1"></script><script>window.harmed=1</script>`;

/** A select with this pattern is wider than a phone. */
const longPattern = "user.*.invited.to.a.team.of.another.company";

const orderPaid = event("order.{id}.paid", {
  schema: z.object({ total: z.number(), kind: z.enum(["web", "shop"]), note: z.string().optional() }),
});

export class PageUnderTest implements AsyncDisposable {
  readonly scope: TestScope = createScope();
  readonly handled: { readonly total: number }[] = [];
  /** The data of messages that have an envelope and no schema. */
  readonly notes: unknown[] = [];
  /** Orders are not handled, but thrown at. */
  fails = true;
  readonly dead: string = `${this.scope.prefix}orders.dlq`;
  #console: ConsoleUnderTest | undefined;
  #browser: TestBrowser | undefined;

  get console(): ConsoleUnderTest {
    if (!this.#console) throw new Error("the console is not open yet");
    return this.#console;
  }

  get browser(): TestBrowser {
    if (!this.#browser) throw new Error("the browser is not open yet");
    return this.#browser;
  }

  async open(): Promise<void> {
    const orders = defineService({
      name: "orders",
      messageEnvelope: JsonBase,
      options: this.scope.options(),
      handlers: {
        onPaid: on(amqp(orderPaid, { queueName: "orders" }), async (order) => {
          if (this.fails) throw new TypeError(`the bank does not answer ${hostile}`);
          this.handled.push(order);
        }),
        onSlow: on(amqp("slow.#", { queueName: "slow", retry: { delays: ["1h"] } }), async () => {
          throw new Error("not now");
        }),
        onNote: on(amqp("note.#", { queueName: "notes" }), async (note: unknown) => {
          if (this.fails) throw new RangeError("the notebook is full");
          this.notes.push(note);
        }),
        onLongKey: on(amqp(longPattern, { queueName: "invited" }), async () => {}),
      },
    });
    this.#console = await runWithConsole(orders);
    this.#browser = await TestBrowser.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser?.[Symbol.asyncDispose]();
    await this.#console?.[Symbol.asyncDispose]();
  }

  /** An order. */
  async publish(id: string, total: number): Promise<void> {
    await amqpPublish(this.#service, orderPaid, { total, kind: "web" }, { params: { id } });
  }

  async publishSlow(): Promise<void> {
    await amqpPublish(this.#service, {}, { routingKey: "slow.one" });
  }

  async tab(options: Parameters<TestBrowser["tab"]>[0] = {}): Promise<BrowserTab> {
    const tab = await this.browser.tab(options);
    await tab.page.goto(this.console.address);
    await tab.page.getByText("running", { exact: true }).waitFor();
    return tab;
  }

  /** Opens dead letters, by default those of orders, and looks again until so many have such a key. */
  async lookFor({ page }: BrowserTab, key: RegExp, count: number, queue: string = this.dead): Promise<void> {
    await page.evaluate(`location.hash = "/dead-letters/${encodeURIComponent(queue)}"`);
    const rows = page.getByRole("button", { name: key });
    await until(
      async () => {
        if ((await rows.count()) === count) return true;
        await page.getByRole("button", { name: "Look again" }).click();
        return false;
      },
      { what: `${count} dead letters` },
    );
  }

  async publishNote(key: string, note: unknown): Promise<void> {
    await amqpPublish(this.#service, note, { routingKey: `note.${key}` });
  }

  get #service(): Service {
    const [service] = this.console.run.services as [Service];
    return service;
  }
}
