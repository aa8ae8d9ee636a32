// Where options and environment variables meet: which one counts, and what an error may show.
import { describe, expect, it } from "vitest";
import type { EnvironmentVariables } from "./environment.ts";
import { type ConnectionOptions, describeEndpoint, resolveConnectionOptions } from "./options.ts";

/** In the form of a certificate. */
const ca = "-----BEGIN CERTIFICATE-----";

function messageOf(options: ConnectionOptions, environment: EnvironmentVariables = {}): string {
  try {
    resolveConnectionOptions(options, environment);
  } catch (error) {
    expect(error).toMatchObject({ code: "ERR_AMQP_CONNECTION_OPTIONS" });
    return (error as Error).message;
  }
  return "nothing was thrown";
}

describe("a URL that would be misread", () => {
  const secret = "s3cret";
  it.each<[string, RegExp]>([
    [`amqp://user:${secret}#1@host:5672/vh`, /"#".*%23/],
    [`amqp://user:${secret}@host/vh?hartbeat=5`, /no option "hartbeat".*"heartbeat"/],
    [`amqp://user:${secret}@host/vh?frame_max=5`, /no option "frame_max"/],
  ])("is refused without its password: %s", (url, expected) => {
    const resolve = () => resolveConnectionOptions({ url }, {});
    expect(resolve).toThrow(expected);
    expect(resolve).not.toThrow(secret);
  });
});

describe("options of a named connection", () => {
  const place = { path: "options.amqp.connections.legacy", variables: false };
  const external = { mechanism: "external", tls: {}, host: "h" } as const;

  it.each<[string, ConnectionOptions, string]>([
    ["a URL", { url: "http://h" }, "options.amqp.connections.legacy.url cannot be used"],
    [
      "hosts",
      { hosts: ["h:99999"] },
      'options.amqp.connections.legacy.hosts: "h:99999" must have a port from 1 to 65535',
    ],
    ["TLS", { tls: { cert: "no certificate" } }, "options.amqp.connections.legacy.tls cannot be used"],
    ["a certificate", external, "options.amqp.connections.legacy.tls has none"],
    [
      "a mechanism",
      { ...external, tls: false },
      'options.amqp.connections.legacy.mechanism is "external", which needs',
    ],
  ])("are named with their path in errors, without variables: %s", (_what, options, text) => {
    const environment = { TOMODACHI_AMQP_URL: "amqp://elsewhere", TOMODACHI_AMQP_WRONG: "x" };
    let message = "";
    try {
      resolveConnectionOptions(options, environment, place);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toContain(text);
    expect(message).not.toContain("TOMODACHI");
  });

  it("are not changed by environment variables", () => {
    const environment = { TOMODACHI_AMQP_URL: "amqp://elsewhere", TOMODACHI_AMQP_VHOST: "v" };
    const { endpoints, vhost } = resolveConnectionOptions({ host: "h" }, environment, place);
    expect([endpoints[0]?.host, vhost]).toEqual(["h", "/"]);
  });
});

describe("empty options", () => {
  it("connect to the local broker as guest, and count as not configured", () => {
    expect(resolveConnectionOptions({}, {})).toEqual({
      endpoints: [{ host: "127.0.0.1", port: 5672 }],
      username: "guest",
      password: "guest",
      mechanism: "plain",
      vhost: "/",
      tls: undefined,
      heartbeat: 10,
      connectTimeoutSeconds: 30,
      configured: false,
      place: { path: "options.amqp", variables: true },
    });
  });

  it("options count as configured as soon as a host, port or URL is set anywhere", () => {
    const given: readonly [ConnectionOptions, EnvironmentVariables][] = [
      [{ host: "127.0.0.1" }, {}],
      [{ port: 5672 }, {}],
      [{ hosts: ["a"] }, {}],
      [{ url: "amqp://127.0.0.1" }, {}],
      [{}, { TOMODACHI_AMQP_HOST: "a" }],
      [{}, { TOMODACHI_AMQP_PORT: "5672" }],
      [{}, { TOMODACHI_AMQP_URL: "amqp://a" }],
    ];
    for (const [options, environment] of given) {
      expect(resolveConnectionOptions(options, environment).configured).toBe(true);
    }
    const only = resolveConnectionOptions({ username: "a", password: "b" }, { TOMODACHI_AMQP_VHOST: "v" });
    expect(only.configured).toBe(false);
  });

  it("are frozen deeply", () => {
    const resolved = resolveConnectionOptions({ hosts: ["a", "b"] }, {});
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(Object.isFrozen(resolved.endpoints)).toBe(true);
    expect(resolved.endpoints.every(Object.isFrozen)).toBe(true);
  });
});

describe("a URL", () => {
  it("is percent-decoded in each part and may set a heartbeat", () => {
    const url = "amqps://us%40er:p%2Fss%23@broker.example:1234/team%2Fa?heartbeat=3";
    expect(resolveConnectionOptions({ url }, {})).toMatchObject({
      endpoints: [{ host: "broker.example", port: 1234 }],
      username: "us@er",
      password: "p/ss#",
      vhost: "team/a",
      tls: {},
      heartbeat: 3,
    });
  });

  it.each([
    ["amqp://h", "/"],
    ["amqp://h/", "/"],
    ["amqp://h/%2F", "/"],
    ["amqp://h/v", "v"],
    ["amqp://h/v%2Fw", "v/w"],
  ])("%s opens the virtual host %s", (url, vhost) => {
    expect(resolveConnectionOptions({ url }, {}).vhost).toBe(vhost);
  });

  it("has the default port of its scheme, and an IPv6 address without brackets", () => {
    expect(resolveConnectionOptions({ url: "amqps://h" }, {}).endpoints).toEqual([{ host: "h", port: 5671 }]);
    expect(resolveConnectionOptions({ url: "amqp://[::1]:7" }, {}).endpoints).toEqual([{ host: "::1", port: 7 }]);
  });

  it("overrides the other fields, which supply what it does not contain", () => {
    const beside = { host: "other", hosts: ["x"], port: 1, username: "other", password: "other", vhost: "other" };
    expect(resolveConnectionOptions({ ...beside, url: "amqp://me:mine@h:2/v" }, {})).toMatchObject({
      endpoints: [{ host: "h", port: 2 }],
      username: "me",
      password: "mine",
      vhost: "v",
    });
    const secretApart = { url: "amqp://me@h/v", password: "from a vault" };
    expect(resolveConnectionOptions(secretApart, {})).toMatchObject({ username: "me", password: "from a vault" });
    const allApart = { url: "amqp://h", username: "me", password: "mine", vhost: "v" };
    expect(resolveConnectionOptions(allApart, {})).toMatchObject({ username: "me", password: "mine", vhost: "v" });
  });

  it("from the environment replaces everything in the code except how TLS verifies", () => {
    const options = { url: "amqp://a:b@code/v", username: "c", password: "d", vhost: "w", hosts: ["x"] };
    expect(resolveConnectionOptions(options, { TOMODACHI_AMQP_URL: "amqp://env" })).toMatchObject({
      endpoints: [{ host: "env", port: 5672 }],
      username: "guest",
      password: "guest",
      vhost: "/",
    });
    const verified = resolveConnectionOptions({ tls: { ca } }, { TOMODACHI_AMQP_URL: "amqps://env" });
    expect(verified.tls).toEqual({ ca });
    expect(resolveConnectionOptions({ tls: true }, { TOMODACHI_AMQP_URL: "amqp://env" }).tls).toBeUndefined();
  });
});

describe("an environment variable", () => {
  it("overrides its field", () => {
    const environment = {
      TOMODACHI_AMQP_HOST: "env",
      TOMODACHI_AMQP_PORT: "7",
      TOMODACHI_AMQP_USERNAME: "me",
      TOMODACHI_AMQP_PASSWORD: "mine",
      TOMODACHI_AMQP_VHOST: "v",
    };
    const options = { host: "code", hosts: ["x"], port: 1, username: "code", password: "code", vhost: "code" };
    expect(resolveConnectionOptions(options, environment)).toMatchObject({
      endpoints: [{ host: "env", port: 7 }],
      username: "me",
      password: "mine",
      vhost: "v",
    });
  });

  it("that is empty counts as unset", () => {
    const names = ["URL", "HOST", "PORT", "USERNAME", "PASSWORD", "VHOST"].map((name) => `TOMODACHI_AMQP_${name}`);
    const environment = Object.fromEntries(names.map((name) => [name, ""]));
    const options = { host: "code", port: 1, username: "me", password: "mine", vhost: "v" };
    expect(resolveConnectionOptions(options, environment)).toEqual(resolveConnectionOptions(options, {}));
  });

  it("is named in the error when its value is invalid", () => {
    expect(messageOf({}, { TOMODACHI_AMQP_PORT: "no" })).toContain("TOMODACHI_AMQP_PORT");
    const url = messageOf({}, { TOMODACHI_AMQP_HOST: "amqp://me:secret@host" });
    expect(url).toContain("TOMODACHI_AMQP_HOST must be the name or address of a host");
    expect(url).not.toContain("secret");
    expect(messageOf({}, { TOMODACHI_AMQP_URL: "http://h" })).toContain("TOMODACHI_AMQP_URL");
  });

  it.each(["0", "65536", "1.5", "1e3", "0x10", "-1", "amqp"])("cannot give the port %j", (port) => {
    expect(messageOf({}, { TOMODACHI_AMQP_PORT: port })).toContain(
      `must be a port, 1 to 65535, but "${port}" was given`,
    );
  });

  it("is not shown when a URL with a password was set as a port", () => {
    expect(messageOf({}, { TOMODACHI_AMQP_PORT: "amqp://a:secret@h" })).not.toContain("secret");
  });

  it("that Kubernetes sets for a service of this name is explained", () => {
    const environment = { TOMODACHI_AMQP_PORT: "tcp://10.0.0.1:5672", TOMODACHI_AMQP_SERVICE_HOST: "10.0.0.1" };
    expect(messageOf({}, environment)).toContain("enableServiceLinks: false");
  });

  it.each([
    ["TOMODACHI_AMQP_URI", "TOMODACHI_AMQP_URL"],
    ["TOMODACHI_AMQP_USER", "TOMODACHI_AMQP_USERNAME"],
    ["TOMODACHI_AMQP_LOGIN", "TOMODACHI_AMQP_USERNAME"],
    ["TOMODACHI_AMQP_VIRTUALHOST", "TOMODACHI_AMQP_VHOST"],
    ["TOMODACHI_AMQP_PASWORD", "TOMODACHI_AMQP_PASSWORD"],
  ])("of the unknown name %s is refused: %s was meant", (name, meant) => {
    const message = messageOf({}, { TOMODACHI_AMQP_HOST: "rabbit", [name]: "secret" });
    expect(message).toContain(`${name} (did you mean ${meant}?)`);
    expect(message).not.toContain("secret");
  });
});

describe("hosts", () => {
  it("are tried in turn, each with its own port or the common one", () => {
    const { endpoints } = resolveConnectionOptions({ hosts: ["a", "b:1", "[::1]:2"], port: 9 }, {});
    expect(endpoints).toEqual([
      { host: "a", port: 9 },
      { host: "b", port: 1 },
      { host: "::1", port: 2 },
    ]);
  });
});

describe("a URL that cannot be used", () => {
  it.each([
    ["no URL", "secret"],
    ["http://me:secret@h", "secret"],
    ["amqp://me:secret@h:port", "secret"],
    ["amqp://me:secret@h:0", "secret"],
    ["amqp://me:se#secret@h", "secret"],
    ["amqp://me:%zzsecret@h", "secret"],
    ["amqp://:secret@h", "secret"],
    ["amqp://secret@h", "secret"],
    ["amqp://me:secret@h/a/b", "secret"],
    ["amqp://me:secret@h?heartbeat=often", "secret"],
  ])("is refused with the option's name, and its value is not shown: %s", (url, secret) => {
    const message = messageOf({ url });
    expect(message).toContain("options.amqp.url");
    expect(message).not.toContain(secret);
  });

  it("is refused when it says amqp:// and tls is set, because it would not be encrypted", () => {
    expect(messageOf({ url: "amqp://h", tls: true })).toContain("options.amqp.tls");
    expect(messageOf({ url: "amqps://h", tls: false })).toContain("options.amqp.tls");
    expect(resolveConnectionOptions({ url: "amqps://h", tls: { ca } }, {}).tls).toEqual({ ca });
  });
});

describe("the description of a connection", () => {
  it("has no password in it", () => {
    const resolved = resolveConnectionOptions({ url: "amqps://me:secret@h:1/a%2Fb" }, {});
    expect(describeEndpoint(resolved)).toBe("amqps://me@h:1/a%2Fb");
  });
});

describe("a password function", () => {
  const password = (): string => "token";

  it.each<[string, Parameters<typeof resolveConnectionOptions>[0], Record<string, string>, object]>([
    ["is allowed beside the fields", { username: "me", password }, {}, { username: "me", password }],
    ["completes a URL in code", { url: "amqp://me@h", password }, {}, { username: "me", password }],
    [
      "holds with a URL of the environment that has no password",
      { password },
      { TOMODACHI_AMQP_URL: "amqp://h" },
      { password },
    ],
    [
      "uses the user name of that URL",
      { username: "no", password },
      { TOMODACHI_AMQP_URL: "amqp://me@h" },
      { username: "me", password },
    ],
    [
      "otherwise uses the one of the code",
      { username: "me", password },
      { TOMODACHI_AMQP_URL: "amqp://h" },
      { username: "me", password },
    ],
    [
      "makes way for a password in that URL",
      { password },
      { TOMODACHI_AMQP_URL: "amqp://a:b@h" },
      { username: "a", password: "b" },
    ],
    ["makes way for TOMODACHI_AMQP_PASSWORD", { password }, { TOMODACHI_AMQP_PASSWORD: "b" }, { password: "b" }],
  ])("%s", (_what, options, environment, expected) => {
    expect(resolveConnectionOptions(options, environment)).toMatchObject(expected);
  });
});

describe('mechanism: "external"', () => {
  const certificate = { pfx: undefined, secureContext: {} } as unknown as object;
  const external = { mechanism: "external", tls: certificate } as const;

  it("has no user name or password, and shows none", () => {
    const options = resolveConnectionOptions({ ...external, host: "h" }, {});
    expect(options).toMatchObject({ mechanism: "external", username: "", password: "" });
    expect(describeEndpoint(options)).toBe("amqps://h:5671/");
  });

  it("is overridden by a login in the URL of the environment", () => {
    const environment = { TOMODACHI_AMQP_URL: "amqp://guest:guest@h" };
    expect(resolveConnectionOptions(external, environment)).toMatchObject({ mechanism: "plain", username: "guest" });
  });

  it.each<[string, Parameters<typeof resolveConnectionOptions>[0], Record<string, string>, string]>([
    ["no TLS", { mechanism: "external" }, {}, "needs TLS"],
    ["no certificate", { mechanism: "external", tls: true }, {}, "has none: add cert and key, or pfx"],
    ["a password", { ...external, password: "p" }, {}, "remove username and password"],
    ["a user name in its URL", { ...external, url: "amqps://me@h" }, {}, "remove username and password"],
    ["a user name in the environment", external, { TOMODACHI_AMQP_USERNAME: "me" }, "remove username and password"],
  ])("is refused with %s", (_what, options, environment, text) => {
    expect(() => resolveConnectionOptions(options, environment)).toThrow(text);
  });
});
