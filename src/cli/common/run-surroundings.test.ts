import { describe, expect, it } from "vitest";
import { Service } from "../../service/service.ts";
import { type Environment, environmentFor, reasonAgainstEmbedded, type Surroundings } from "./run-surroundings.ts";

class Orders extends Service {
  name = "orders";
  constructor(options: unknown = {}) {
    super();
    this.options = options as Service["options"];
  }
}

/** A person at a terminal with nothing configured, changed as the test says. */
function reasonAgainst(other: Partial<Surroundings> = {}): string | undefined {
  const free: Surroundings = {
    production: false,
    choice: { kind: "unsaid" },
    environment: {},
    services: [new Orders()],
    terminal: true,
  };
  return reasonAgainstEmbedded({ ...free, ...other });
}

describe("reasonAgainstEmbedded", () => {
  it("is undefined for a person at a terminal without configuration", () => {
    expect(reasonAgainst()).toBeUndefined();
    expect(reasonAgainst({ environment: { NODE_ENV: "development", TOMODACHI_AMQP_URL: "" } })).toBeUndefined();
    expect(
      reasonAgainst({ services: [new Orders({ amqp: { username: "a", hosts: [], host: undefined } })] }),
    ).toBeUndefined();
  });

  it.each([
    [{ production: true }, "--production is on"],
    [{ environment: { NODE_ENV: "production" } }, 'NODE_ENV is "production"'],
    [{ environment: { KUBERNETES_SERVICE_HOST: "10.0.0.1" } }, "this runs in Kubernetes"],
  ])("is every sign of production, with any other setting: %j", (surroundings, clause) => {
    for (const kind of ["unsaid", "auto", "embedded"] as const) {
      expect(reasonAgainst({ ...surroundings, choice: { kind } })).toBe(clause);
    }
  });

  it.each(["TOMODACHI_AMQP_URL", "TOMODACHI_AMQP_HOST", "TOMODACHI_AMQP_PORT"])("is %s", (name) => {
    expect(reasonAgainst({ environment: { [name]: "1" } })).toBe(`${name} names a broker`);
  });

  it.each([{ url: "amqp://rabbit" }, { host: "rabbit" }, { port: 5673 }, { hosts: ["rabbit"] }])(
    "is a service that sets its broker, among others that do not: %j",
    (amqp) => {
      const [field] = Object.keys(amqp);
      const services = [new Orders(), new Orders({ amqp })];
      expect(reasonAgainst({ services })).toBe(`options.amqp.${field} of the service "orders" names a broker`);
      expect(reasonAgainst({ services, choice: { kind: "auto" } })).toBeDefined();
    },
  );

  it.each([null, { amqp: null }, { amqp: "x" }, 5])("leaves invalid options to their own check: %j", (given) => {
    expect(reasonAgainst({ services: [new Orders(given)] })).toBeUndefined();
  });

  it("is a missing terminal, unless the user requested the broker", () => {
    expect(reasonAgainst({ terminal: false })).toContain("standard input is not a terminal");
    expect(reasonAgainst({ terminal: false, choice: { kind: "auto" } })).toBeUndefined();
    expect(reasonAgainst({ terminal: false, choice: { kind: "embedded" } })).toBeUndefined();
  });

  it("ignores configured brokers if the embedded broker is required", () => {
    const services = [new Orders({ amqp: { host: "rabbit" } })];
    const environment = { TOMODACHI_AMQP_URL: "amqp://rabbit" };
    expect(reasonAgainst({ services, environment, choice: { kind: "embedded" } })).toBeUndefined();
  });

  it("is a URL on the command line", () => {
    expect(reasonAgainst({ choice: { kind: "url", url: "amqp://rabbit" } })).toBe("--broker names a broker");
  });
});

describe("environmentFor", () => {
  const variables: Environment = {
    PATH: "kept",
    TOMODACHI_AMQP_URL: "amqp://other",
    TOMODACHI_AMQP_HOST: "other",
    TOMODACHI_AMQP_PORT: "1",
    TOMODACHI_AMQP_USERNAME: "login",
    TOMODACHI_AMQP_PASSWORD: "password",
    TOMODACHI_AMQP_VHOST: "host",
  };
  const given = (url: string): Environment => JSON.parse(JSON.stringify(environmentFor(url, variables))) as Environment;

  it("prefers a whole URL to every variable", () => {
    const url = "amqp://a:b@rabbit:5673/shop";
    expect(given(url)).toEqual({ PATH: "kept", TOMODACHI_AMQP_URL: url });
  });

  it("uses the variables for what the URL does not contain", () => {
    const { TOMODACHI_AMQP_HOST: _host, TOMODACHI_AMQP_PORT: _port, ...left } = variables;
    for (const url of ["amqp://rabbit", "amqp://rabbit/"])
      expect(given(url)).toEqual({ ...left, TOMODACHI_AMQP_URL: url });
    const { TOMODACHI_AMQP_USERNAME: _username, ...secrets } = left;
    expect(given("amqp://a@rabbit")).toEqual({ ...secrets, TOMODACHI_AMQP_URL: "amqp://a@rabbit" });
  });
});
