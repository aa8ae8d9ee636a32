import { expect, it } from "vitest";
import { ServiceError } from "../service/errors.ts";
import type { ServiceHealth } from "../service/health.ts";
import type { RunState } from "../service/service-run.ts";
import { type AnswerSettings, answerTo } from "./answer.ts";

const token = "0123456789abcdef";
const bearer = `Bearer ${token}`;
const well: ServiceHealth = { service: "orders", healthy: true, reasons: [], transports: [] };
const ill: ServiceHealth = {
  service: "stock",
  healthy: false,
  reasons: ["lost amqp://stock:secret@rabbit"],
  transports: [],
};

function settingsWith({
  state = "running",
  health = [well],
  secret = token,
}: {
  state?: RunState;
  health?: readonly ServiceHealth[];
  secret?: string | undefined;
} = {}) {
  const changes: (string | undefined)[][] = [];
  const settings: AnswerSettings = {
    run: {
      state,
      health: () => health,
      pauses: {
        paused: ["orders.onPaid"],
        pause: async (handler, by) => {
          if (handler === "nobody") throw new ServiceError("ERR_SERVICE_HANDLER", "There is no nobody.");
          changes.push(["pause", handler, by]);
        },
        resume: (handler, by) => {
          if (handler === "nobody") throw new ServiceError("ERR_SERVICE_HANDLER", "There is no nobody.");
          changes.push(["resume", handler, by]);
        },
      },
    },
    token: secret,
    metrics: () => "up 1\n",
  };
  const ask = (method: string, url: string, more: { authorization?: string; hasBody?: boolean } = {}) => {
    const answer = answerTo({ method, url, authorization: undefined, hasBody: false, ...more }, settings);
    const isJson = answer.headers["content-type"]?.startsWith("application/json");
    return { ...answer, value: isJson ? (JSON.parse(answer.body) as unknown) : undefined };
  };
  return { ask, changes };
}

it("liveness is 200 in every state, and readiness only while the services run and are healthy", () => {
  for (const state of ["created", "starting", "running", "stopping", "ended"] as const) {
    const { ask } = settingsWith({ state });
    expect(ask("GET", "/live").status).toBe(200);
    expect(ask("GET", "/ready").status, state).toBe(state === "running" ? 200 : 503);
  }
  expect(settingsWith({ state: "stopping" }).ask("GET", "/ready").value).toEqual({
    ready: false,
    reasons: ["the services are stopping"],
  });
});

it("readiness says for each service why it is not ready, and shows no password", () => {
  const { ask } = settingsWith({ health: [well, ill] });
  const reasons = ["stock: lost amqp://stock:***@rabbit"];
  expect(ask("GET", "/ready")).toMatchObject({ status: 503, value: { ready: false, reasons } });
  const health = ask("GET", "/health");
  expect(health).toMatchObject({ status: 503, value: { state: "running", paused: ["orders.onPaid"], reasons } });
  expect(health.body).not.toContain("secret");
});

it("an absolute URL is accepted in place of the path, as RFC 9112 requires", () => {
  const { ask } = settingsWith();
  expect(ask("GET", "http://127.0.0.1:9464/live").status).toBe(200);
  expect(ask("GET", "HTTPS://orders:9464/ready?x=1").status).toBe(200);
  expect(ask("GET", "http://[").status).toBe(404);
  expect(ask("OPTIONS", "*").status).toBe(404);
});

it("/metrics returns the Prometheus text format", () => {
  const { ask } = settingsWith();
  expect(ask("GET", "/metrics")).toMatchObject({ status: 200, body: "up 1\n" });
  expect(ask("GET", "/metrics").headers["content-type"]).toContain("text/plain; version=0.0.4");
});

it.each([
  ["/", 404],
  ["/READY", 404],
  ["/ready/", 404],
  ["//ready", 200],
  ["/ready?x=1", 200],
  ["/toString", 404],
  ["/__proto__", 404],
  ["/%", 404],
  ["http://other/ready", 200],
  ["*", 404],
  ["", 404],
])("answers %j with %i", (url, status) => {
  expect(settingsWith().ask("GET", url).status).toBe(status);
});

it("a wrong method is refused with the methods that the path accepts", () => {
  const { ask, changes } = settingsWith();
  expect(ask("HEAD", "/ready").status).toBe(200);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "get"]) {
    expect(ask(method, "/ready")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  }
  for (const method of ["GET", "HEAD", "PUT"]) {
    expect(ask(method, "/pause", { authorization: bearer })).toMatchObject({ status: 405, headers: { allow: "POST" } });
  }
  expect(changes).toEqual([]);
});

it("pauses and resumes one handler or all with the token", () => {
  const { ask, changes } = settingsWith();
  expect(ask("POST", "/pause?handler=orders.onPaid", { authorization: bearer }).value).toEqual({
    paused: ["orders.onPaid"],
  });
  expect(ask("POST", "/resume", { authorization: `bearer  ${token} ` }).status).toBe(200);
  expect(changes).toEqual([
    ["pause", "orders.onPaid", "POST /pause"],
    ["resume", undefined, "POST /resume"],
  ]);
});

it("changes nothing if no token is configured or sent", () => {
  const { ask, changes } = settingsWith();
  for (const authorization of [
    undefined,
    "",
    token,
    "Basic abc",
    "Bearer",
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
  ]) {
    const answer = ask("POST", "/pause", authorization === undefined ? {} : { authorization });
    expect(answer, authorization).toMatchObject({ status: 401, headers: { "www-authenticate": expect.any(String) } });
  }
  const none = answerTo(
    { method: "POST", url: "/pause", authorization: bearer, hasBody: false },
    { run: undefined as never, token: undefined, metrics: () => "" },
  );
  expect(none.status).toBe(403);
  expect(none.body).toContain("TOMODACHI_OPERATIONS_TOKEN");
  expect(changes).toEqual([]);
});

it.each([
  ["/pause?handlr=orders.onPaid", {}, 400],
  ["/pause?handler=", {}, 400],
  ["/pause?handler=a&handler=b", {}, 400],
  ["/pause", { hasBody: true }, 400],
  ["/resume?handler=nobody", {}, 404],
])("changes nothing for %s %j", (url, more, status) => {
  const { ask, changes } = settingsWith();
  expect(ask("POST", url, { authorization: bearer, ...more }).status).toBe(status);
  expect(changes).toEqual([]);
});

it("changes nothing after the services have started to stop", () => {
  const { ask, changes } = settingsWith({ state: "stopping" });
  expect(ask("POST", "/pause", { authorization: bearer })).toMatchObject({
    status: 409,
    value: { error: "Nothing can be paused or resumed now: the run is stopping." },
  });
  expect(changes).toEqual([]);
});
