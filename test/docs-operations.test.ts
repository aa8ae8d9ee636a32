/** The YAML of the guides and the dashboard are what Kubernetes, KEDA, Prometheus and Grafana take, and fit the code. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { resolveConnectionOptions } from "../src/amqp-client/options.ts";
import { type AnswerSettings, answerTo } from "../src/operations/answer.ts";
import { resolveOperations } from "../src/service/operations-options.ts";
import { readableQueueName } from "../src/transports/amqp/names/queue-name.ts";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

type Fields = Readonly<Record<string, unknown>>;

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number };
}

interface Container extends Fields {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Fields }[];
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Fields };
    readonly template: {
      readonly metadata: { readonly labels: Fields; readonly annotations: Readonly<Record<string, string>> };
      readonly spec: Fields & { readonly containers: readonly [Container] };
    };
  };
}

/** What the YAML blocks of a guide say, each checked to be YAML without a warning. */
function yamlOf(guide: string): readonly unknown[] {
  const text = readFileSync(join(docs, "guides", guide), "utf8");
  return Array.from(text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm), ([, code = ""]) => code).flatMap((code) =>
    parseAllDocuments(code, { strict: true, uniqueKeys: true }).map((document) => {
      expect([...document.errors, ...document.warnings]).toEqual([]);
      return document.toJS() as unknown;
    }),
  );
}

/** Kubernetes refuses a field that it does not know; these are the known ones of what the guide shows (API v1.34). */
const known = {
  pod: ["enableServiceLinks", "terminationGracePeriodSeconds", "containers"],
  container: ["name", "image", "ports", "env", "startupProbe", "readinessProbe", "livenessProbe"],
  probe: ["httpGet", "periodSeconds", "failureThreshold", "timeoutSeconds", "initialDelaySeconds", "successThreshold"],
  scaledObject: [
    "scaleTargetRef",
    "minReplicaCount",
    "maxReplicaCount",
    "cooldownPeriod",
    "pollingInterval",
    "triggers",
  ],
  trigger: ["protocol", "queueName", "mode", "value", "activationValue", "host", "hostFromEnv", "vhostName"],
};

function unknownFields(of: object, names: readonly string[]): readonly string[] {
  return Object.keys(of).filter((name) => !names.includes(name));
}

describe("YAML in the guides", () => {
  it("is valid YAML everywhere", () => {
    const guides = readdirSync(join(docs, "guides"));
    expect(guides.flatMap(yamlOf).length).toBeGreaterThan(3);
  });
});

describe("the Deployment of the Kubernetes guide", () => {
  const [deployment, scaler] = yamlOf("kubernetes.md") as readonly [Deployment, Fields];
  const { spec, metadata } = deployment.spec.template;
  const [container] = spec.containers;
  const variables: Record<string, string> = Object.fromEntries(
    container.env.map(({ name, value }) => [name, value ?? `amqp://from-a-secret-of-the-cluster`]),
  );

  it("is accepted by Kubernetes", () => {
    expect(deployment).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment" });
    expect(deployment.spec.selector.matchLabels).toEqual(metadata.labels);
    expect(unknownFields(spec, known.pod)).toEqual([]);
    expect(unknownFields(container, known.container)).toEqual([]);
    for (const { value, valueFrom } of container.env) {
      // A number without quotes is refused.
      if (valueFrom === undefined) expect(value).toBeTypeOf("string");
      else expect(valueFrom["secretKeyRef"]).toEqual({ name: expect.any(String), key: expect.any(String) });
    }
    for (const value of Object.values(metadata.annotations)) expect(value).toBeTypeOf("string");
  });

  it("sets only known variables, and opens the port that they name", () => {
    const [port] = container.ports;
    const operations = resolveOperations([], variables);
    expect(operations).toMatchObject({ port: port?.containerPort, host: "0.0.0.0" });
    expect(operations?.token).toBe(variables["TOMODACHI_OPERATIONS_TOKEN"]);
    expect(metadata.annotations["prometheus.io/port"]).toBe(String(port?.containerPort));
    const amqp = Object.entries(variables).filter(([name]) => name.startsWith("TOMODACHI_AMQP_"));
    // Refuses a variable that nothing reads.
    expect(resolveConnectionOptions({}, Object.fromEntries(amqp)).configured).toBe(true);
    const others = Object.keys(variables).filter(
      (name) => !/^TOMODACHI_(AMQP_|OPERATIONS_(PORT|HOST|TOKEN)$)/.test(name),
    );
    expect(others).toEqual([]);
  });

  it.each(["startupProbe", "readinessProbe", "livenessProbe"])("checks by %s what the port answers", (name) => {
    const probe = container[name] as Probe & Fields;
    expect(unknownFields(probe, known.probe)).toEqual([]);
    expect(container.ports.map((port) => port.name)).toContain(probe.httpGet.port);
    const run = { state: "running", health: () => [], pauses: { paused: [] } } as unknown as AnswerSettings["run"];
    const request = { method: "GET", url: probe.httpGet.path, authorization: undefined, hasBody: false };
    const answer = answerTo(request, { run, token: undefined, metrics: () => "" });
    expect(answer.status).toBe(200);
    // A service that is not ready is left alive.
    const stopping = answerTo(request, { run: { ...run, state: "stopping" }, token: undefined, metrics: () => "" });
    expect(stopping.status).toBe(name === "readinessProbe" ? 503 : 200);
  });

  it("gives the pod more time than the service needs, like every pod in the guides", () => {
    const pods = [spec, ...yamlOf("services.md").map((one) => (one as { readonly spec: Fields }).spec)];
    for (const pod of pods) expect(pod["terminationGracePeriodSeconds"]).toBeGreaterThan(25);
  });

  it("is scaled by KEDA on the queue of the handler", () => {
    const {
      kind,
      apiVersion,
      spec: scaling,
    } = scaler as {
      readonly kind: string;
      readonly apiVersion: string;
      readonly spec: Fields & {
        readonly scaleTargetRef: { readonly name: string };
        readonly triggers: readonly { readonly type: string; readonly metadata: Readonly<Record<string, string>> }[];
      };
    };
    expect([kind, apiVersion, scaling.scaleTargetRef.name]).toEqual([
      "ScaledObject",
      "keda.sh/v1alpha1",
      deployment.metadata.name,
    ]);
    expect(unknownFields(scaling, known.scaledObject)).toEqual([]);
    const [{ type, metadata: trigger } = { type: "", metadata: {} }] = scaling.triggers;
    expect(type).toBe("rabbitmq");
    expect(unknownFields(trigger, known.trigger)).toEqual([]);
    for (const value of Object.values(trigger)) expect(value).toBeTypeOf("string");
    expect(container.env.map(({ name }) => name)).toContain(trigger["hostFromEnv"]);
    const names = { prefix: "", service: "orders", method: "onPaid", pattern: "order.*.paid" };
    expect(trigger["queueName"]).toBe(readableQueueName(names));
    expect(trigger).toMatchObject({ protocol: "amqp", mode: "QueueLength" });
  });
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

it("alerts have a unique name, a severity and a summary", () => {
  const [document] = parseAllDocuments(readFileSync(join(docs, "prometheus/alerts.yml"), "utf8"));
  const { groups } = (document?.toJS() ?? { groups: [] }) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { labels, annotations } of rules) {
    expect(["page", "ticket"]).toContain(labels.severity);
    expect(annotations.summary).not.toBe("");
  }
});

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource: Fields;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: Fields; readonly overrides: readonly unknown[] };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly datasource: Fields }[];
}

interface Dashboard extends Fields {
  readonly templating: { readonly list: readonly (Fields & { readonly name: string })[] };
  readonly panels: readonly Panel[];
}

// https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
describe("the dashboard for Grafana", () => {
  const dashboard = JSON.parse(readFileSync(join(docs, "prometheus/dashboard.json"), "utf8")) as Dashboard;
  const { panels, templating } = dashboard;
  const datasource = { type: "prometheus", uid: "${datasource}" };

  it("has what an import needs, and no id of another Grafana", () => {
    expect(dashboard["title"]).toBe("tomodachi");
    expect(dashboard["uid"]).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
    expect(dashboard["schemaVersion"]).toBeTypeOf("number");
    expect(dashboard["id"] ?? null).toBeNull();
    expect(dashboard["time"]).toEqual({ from: expect.any(String), to: "now" });
  });

  it("asks for its data source when it is imported, and uses it everywhere", () => {
    expect(templating.list).toContainEqual(
      expect.objectContaining({ name: "datasource", type: "datasource", query: "prometheus" }),
    );
    const used = panels.flatMap((panel) => [panel.datasource, ...panel.targets.map((target) => target.datasource)]);
    for (const one of [...used, templating.list.find(({ name }) => name === "service")?.["datasource"]]) {
      expect(one).toEqual(datasource);
    }
  });

  it("has panels with an id, a type, a unit and their own queries", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, type, fieldConfig, targets } of panels) {
      expect([title, type]).toEqual([expect.stringMatching(/./), "timeseries"]);
      expect(["short", "s", "cps", "percentunit"]).toContain(fieldConfig.defaults["unit"]);
      expect(fieldConfig.overrides).toEqual([]);
      const ids = targets.map(({ refId }) => refId);
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it("places no panel over another or outside the 24 columns", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it("uses only variables that it has", () => {
    const own = templating.list.map(({ name }) => name);
    const used = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => [...expr.matchAll(/\$\{?(\w+)/g)]));
    for (const [, name = ""] of used) expect(["__rate_interval", "__range", ...own]).toContain(name);
    expect(used.length).toBeGreaterThan(15);
  });

  it("never sums values that are always 0", () => {
    for (const { title, targets } of panels) {
      for (const { expr } of targets) expect({ title, expr: /sum.*== 0\)/.test(expr) }).toEqual({ title, expr: false });
    }
  });
});
