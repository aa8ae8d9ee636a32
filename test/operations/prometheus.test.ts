// A real Prometheus scrapes the operations port, and the alerts and the dashboard of the docs are checked against what it read.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  amqp,
  amqpPublish,
  createLogger,
  defineService,
  on,
  runServices,
  type Service,
  type ServiceRun,
  schedule,
} from "../../src/index.ts";
import { freePort } from "../cli/free-port.ts";
import { amqpUrl, until } from "../support/broker.ts";
import { createScope, type LogLine } from "../support/running.ts";

const docs = fileURLToPath(new URL("../../docs/prometheus", import.meta.url));
const isInstalled =
  spawnSync("prometheus", ["--version"]).status === 0 && spawnSync("promtool", ["--version"]).status === 0;
const required = process.env["REQUIRE_PROMETHEUS"] === "1";
if (!isInstalled) console.warn("Prometheus is not installed (apt-get install prometheus): its tests are skipped");

/** Metrics of features that the service below does not show. */
const notShown = [
  /^tomodachi_messages_duplicates_total$/,
  /^tomodachi_connection_reconnects_total$/,
  /^tomodachi_connection_blocked_time_seconds_total$/,
];

it.runIf(required)("has Prometheus, because REQUIRE_PROMETHEUS is 1", () => expect(isInstalled).toBe(true));

describe.skipIf(!isInstalled || amqpUrl === undefined)("Prometheus", () => {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-prometheus-"));
  let run: ServiceRun;
  let url = "";
  let prometheus: ChildProcess;
  let prometheusUrl = "";

  beforeAll(async () => {
    ({ run, url } = await startOrders());
    const port = await freePort();
    prometheusUrl = `http://127.0.0.1:${port}`;
    const target = new URL(url).host;
    const config = join(folder, "prometheus.yml");
    const scrape = `scrape_configs:\n  - job_name: tomodachi\n    static_configs: [{ targets: ["${target}"] }]\n`;
    writeFileSync(
      config,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: ["${docs}/alerts.yml"]\n${scrape}`,
    );
    expect(promtool("check", "config", config)).toContain("SUCCESS");
    const flags = [
      "--config.file",
      config,
      "--storage.tsdb.path",
      join(folder, "data"),
      "--web.listen-address",
      `127.0.0.1:${port}`,
    ];
    prometheus = spawn("prometheus", flags, { stdio: "ignore" });
    await until(async () => (await query("up"))[0]?.value[1] === "1", { what: "the first scrape", timeoutMs: 40_000 });
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => prometheus.once("close", resolve));
    prometheus.kill("SIGTERM");
    await ended;
    await run.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("accepts names, help and types", async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(promtool("check", "metrics", { input: text })).toBe("");
  });

  it("reads the counted values", async () => {
    const [settled] = await query('tomodachi_messages_settled_total{outcome="acknowledge",tomodachi_handler="onPaid"}');
    expect(Number(settled?.value[1])).toBe(3);
  });

  it("accepts the alerts of the docs, and fires those for dead letters and for an unhealthy service", async () => {
    expect(promtool("check", "rules", join(docs, "alerts.yml"))).toContain("SUCCESS");
    const tests = join(folder, "alerts.test.yml");
    writeFileSync(tests, alertTests);
    expect(promtool("test", "rules", tests)).toContain("SUCCESS");
  });

  it("has every metric that the alerts and the dashboard use", async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const printed = new Set(Array.from(text.matchAll(/^([a-z0-9_]+)[{ ]/gm), ([, name = ""]) => name));
    const named = [
      ...metricsIn(readFileSync(join(docs, "alerts.yml"), "utf8")),
      ...metricsIn(expressions().join("\n")),
    ];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !printed.has(name) && !notShown.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it("evaluates every expression of the dashboard", async () => {
    const all = expressions();
    expect(all.length).toBeGreaterThan(15);
    for (const expression of all) {
      const { status, body } = await ask(expression);
      expect({ expression, status, body: status === 200 ? "" : body }).toEqual({ expression, status: 200, body: "" });
    }
  });

  /** Those of the panels, with the variables of Grafana filled in. */
  function expressions(): readonly string[] {
    const dashboard = JSON.parse(readFileSync(join(docs, "dashboard.json"), "utf8")) as {
      readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
    };
    return dashboard.panels.flatMap(({ targets }) =>
      targets.map(({ expr }) => expr.replaceAll(/\$__(?:rate_interval|range)/g, "5m").replaceAll("$service", ".*")),
    );
  }

  async function ask(expression: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return { status: response.status, body: await response.text() };
  }

  async function query(expression: string): Promise<readonly { readonly value: readonly [number, string] }[]> {
    const { body } = await ask(expression).catch(() => ({ body: "{}" }));
    try {
      const { data } = JSON.parse(body) as {
        readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
      };
      return data?.result ?? [];
    } catch {
      // It answers with a string while it starts.
      return [];
    }
  }
});

function promtool(...words: (string | { readonly input: string })[]): string {
  const input = words.find((word) => typeof word !== "string")?.input;
  const parameters = words.filter((word) => typeof word === "string");
  const { status, stdout, stderr } = spawnSync("promtool", parameters, {
    encoding: "utf8",
    ...(input !== undefined && { input }),
  });
  if (status !== 0) throw new Error(`promtool ${parameters.join(" ")}: ${stdout}${stderr}`);
  return stdout + stderr;
}

function metricsIn(text: string): readonly string[] {
  const names = text.match(/\b(?:tomodachi|messaging|nodejs)_[a-z0-9_]+\b/g) ?? [];
  const labels =
    /^(?:tomodachi_(?:service|handler)|messaging_(?:operation_name|destination_name|destination_template|system))$/;
  return [...new Set(names.filter((name) => !labels.test(name)))];
}

async function startOrders(): Promise<{ readonly run: ServiceRun; readonly url: string }> {
  const scope = createScope();
  const orders = defineService({
    name: "orders",
    options: { ...scope.options({ retry: { delays: ["100ms"], attempts: 2 } }), operations: { port: 0 } },
    handlers: {
      onPaid: on(amqp("order.paid", { queueName: "paid" }), (data: string) => {
        if (data === "bad") throw new TypeError("no such customer");
      }),
      tick: on(schedule({ every: "1s", immediately: true }), () => {}),
    },
  });
  const log: LogLine[] = [];
  const logger = await createLogger({
    destination: { write: (line: string) => void log.push(JSON.parse(line) as LogLine) },
  });
  const run = await runServices([orders], { logger, environment: {} });
  const [service] = run.services as [Service];
  for (const data of ["1", "2", "3", "bad"]) await amqpPublish(service, data, { routingKey: "order.paid" });
  await amqpPublish(service, "x", { routingKey: "nobody" });
  await amqpPublish(service, "x", { routingKey: "x", exchangeName: "missing" }).catch(() => {});
  const url = /operations port: (\S+)/.exec(log.map(({ msg }) => msg).join("\n"))?.[1] ?? "";
  const counted = async (): Promise<boolean> =>
    (await (await fetch(`${url}/metrics`)).text()).includes('outcome="dead-letter"} 1');
  await until(counted, { what: "the dead letter" });
  return { run, url };
}

/** Series as the port would print them, and the alerts that must fire. */
const alertTests = `
rule_files: ["${docs}/alerts.yml"]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'tomodachi_messages_settled_total{tomodachi_service="orders",tomodachi_handler="onPaid",outcome="dead-letter"}'
        values: "0 0 0 1 1 1"
      - series: 'tomodachi_service_healthy{tomodachi_service="orders",instance="a"}'
        values: "1 0 0 0 0 0"
      - series: 'tomodachi_handler_paused{tomodachi_service="orders",tomodachi_handler="onPaid",instance="a"}'
        values: "1x40"
    alert_rule_test:
      - eval_time: 2m
        alertname: TomodachiDeadLetters
        exp_alerts: []
      - eval_time: 5m
        alertname: TomodachiDeadLetters
        exp_alerts:
          - exp_labels: { severity: ticket, tomodachi_service: orders, tomodachi_handler: onPaid }
            exp_annotations:
              summary: "orders.onPaid has dead-lettered messages"
              description: "Look at them with \`tomodachi dlq list\`."
      - eval_time: 4m
        alertname: TomodachiServiceUnhealthy
        exp_alerts:
          - exp_labels: { severity: page, tomodachi_service: orders, instance: a }
            exp_annotations:
              summary: "orders on a is not healthy"
              description: "GET /health of the instance says why."
      - eval_time: 35m
        alertname: TomodachiHandlerPaused
        exp_alerts:
          - exp_labels: { severity: ticket, tomodachi_service: orders, tomodachi_handler: onPaid, instance: a }
            exp_annotations:
              summary: "orders.onPaid on a is paused for half an hour"
`;
