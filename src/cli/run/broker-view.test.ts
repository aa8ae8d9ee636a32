import { describe, expect, it } from "vitest";
import type { BrokerOverview } from "../../amqp-broker/overview.ts";
import { type BrokerSample, summaryLine, tableLines } from "./broker-view.ts";

type Queue = BrokerOverview["queues"][number];
type Connection = BrokerOverview["connections"][number];

function queue(name: string, figures: Partial<Queue> = {}): Queue {
  const none = { ready: 0, unacknowledged: 0, consumers: 0, published: 0, delivered: 0, acknowledged: 0 };
  return { virtualHost: "/", name, type: "quorum", durable: true, arguments: {}, ...none, ...figures };
}

function connection(name: string, other: Partial<Connection> = {}): Connection {
  return { name, peer: "127.0.0.1:4711", user: "guest", virtualHost: "/", channels: 2, blocked: false, ...other };
}

function sample(at: number, other: Partial<BrokerOverview> = {}): BrokerSample {
  const totals = { published: 0, delivered: 0, acknowledged: 0, unroutable: 0 };
  return { at, overview: { connections: [], queues: [], exchanges: [], totals, ...other } };
}

const screen = { columns: 100, rows: 40 };

describe("summaryLine", () => {
  it("shows counts, and rates since the previous sample", () => {
    const queues = [queue("a", { ready: 2, unacknowledged: 1 }), queue("b", { ready: 3 })];
    const before = sample(1000, { totals: { published: 10, delivered: 10, acknowledged: 5, unroutable: 0 } });
    const totals = { published: 110, delivered: 13, acknowledged: 5, unroutable: 1 };
    const now = sample(3000, { queues, totals, connections: [connection("c")] });
    expect(summaryLine(now, before)).toBe(
      "connections 1  queues 2  ready 5  unacknowledged 1  published 50/s  delivered 1.5/s  acknowledged 0/s  unroutable 0.5/s",
    );
  });

  it("shows no rates at first", () => {
    const now = sample(1000, { totals: { published: 10, delivered: 10, acknowledged: 10, unroutable: 10 } });
    expect(summaryLine(now, undefined)).toContain("published 0/s  delivered 0/s");
  });
});

describe("tableLines", () => {
  it("is only the summary on two lines while nothing exists", () => {
    const lines = tableLines(sample(0), undefined, screen);
    expect(lines).toHaveLength(2);
    expect(lines.join("  ")).toBe(summaryLine(sample(0), undefined));
  });

  it("shows queues by name and connections, in columns", () => {
    const before = sample(0, { queues: [queue("b", { published: 5 })] });
    const now = sample(1000, {
      queues: [queue("b", { ready: 120, published: 25, consumers: 1 }), queue("a", { type: "classic", delivered: 3 })],
      connections: [connection("orders", { blocked: true }), connection("shipping")],
    });
    expect(tableLines(now, before, screen).slice(2)).toEqual([
      "",
      "queue  type     ready  unacked  consumers  in/s  out/s",
      "a      classic      0        0          0     0    3.0",
      "b      quorum     120        0          1    20      0",
      "",
      "connection  from               channels",
      "orders      127.0.0.1:4711  2 (blocked)",
      "shipping    127.0.0.1:4711            2",
    ]);
  });

  it("names the virtual host of a queue outside of the default one", () => {
    const before = sample(0, { queues: [queue("a", { published: 100 })] });
    const queues = [queue("a", { published: 100 }), queue("a", { virtualHost: "shop", published: 1 })];
    const lines = tableLines(sample(1000, { queues }), before, screen);
    expect(lines[4]).toMatch(/^a .* 0 {6}0$/);
    expect(lines[5]).toMatch(/^shop: a .* 1\.0 {6}0$/);
  });

  it("keeps busy queues if there is not enough room, and says how many are omitted", () => {
    const queues = Array.from({ length: 100 }, (_, at) => queue(`q${at}`, { ready: at === 98 ? 1 : 0 }));
    const connections = Array.from({ length: 50 }, (_, at) => connection(`c${at}`));
    const lines = tableLines(sample(0, { queues, connections }), undefined, { columns: 80, rows: 24 });
    expect(lines.length).toBeLessThan(24);
    expect(lines.some((line) => line.startsWith("q98 "))).toBe(true);
    expect(lines.join("\n")).toMatch(/\.\.\. and 90 more queues\n\n/);
    expect(lines.at(-1)).toBe("... and 45 more connections");
  });

  it.each([
    [1, 1],
    [80, 5],
    [80, 0],
  ])("stays within %i columns, however few", (columns, rows) => {
    const now = sample(0, { queues: [queue("q".repeat(230))], connections: [connection("c")] });
    for (const line of tableLines(now, undefined, { columns, rows })) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("escapes control characters for the terminal", () => {
    const now = sample(0, { queues: [queue("a\u001b[2Jb\n")], connections: [connection("\u0007\u202e")] });
    expect(tableLines(now, undefined, screen).join("|")).not.toMatch(/\p{C}/u);
  });
});
