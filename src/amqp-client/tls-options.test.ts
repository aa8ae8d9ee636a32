/** What Node would throw for later is refused before there is a socket; what the user's own check throws is an answer. */
import type { PeerCertificate } from "node:tls";
import { describe, expect, it, vi } from "vitest";
import { resolveConnectionOptions } from "./options.ts";
import { checkedTls } from "./tls-options.ts";

describe("options of TLS", () => {
  it.each([
    [
      "an invalid certificate",
      { cert: "x", key: "y" },
      /cert is not in PEM form; if it is the path of a file, read the/,
    ],
    ["a certificate of nothing", { cert: "-----BEGIN CERTIFICATE-----" }, /PEM routines|no end line|bad end line/],
    [
      "the path of an authority",
      { ca: "/etc/ssl/broker-ca.pem" },
      /options\.amqp\.tls cannot be used: ca is not in PEM form/,
    ],
    ["a file of an authority that is empty", { ca: Buffer.alloc(0) }, /ca is not in PEM form/],
    ["one path in a list", { ca: ["-----BEGIN CERTIFICATE-----", "ca.pem"] }, /ca is not in PEM form/],
    ["an invalid key", { key: Buffer.from("secret") }, /key is not in PEM form/],
    ["an invalid container", { pfx: Buffer.from("x") }, /header too long|not enough data|PKCS/i],
    ["an unknown version", { minVersion: "TLSv9" }, /not a valid minimum TLS protocol version/],
    ["ciphers that do not exist", { ciphers: "NOPE" }, /cipher/i],
    ["a server name that is not a string", { servername: 5 }, /servername must be a string/],
    ["a session that is not a Buffer", { session: "x" }, /session must be a Buffer/],
    ["a check that is not a function", { checkServerIdentity: true }, /checkServerIdentity must be a function/],
  ])("are refused with their names at the start: %s", (_what, tls, text) => {
    const resolve = (): unknown => resolveConnectionOptions({ tls: tls as never }, {});
    expect(resolve).toThrow(text);
    expect(resolve).toThrow(expect.objectContaining({ code: "ERR_AMQP_CONNECTION_OPTIONS" }));
  });

  it("are passed on unchanged otherwise", () => {
    const tls = { rejectUnauthorized: false, servername: "rabbit" };
    expect(resolveConnectionOptions({ tls }, {}).tls).toEqual(tls);
  });
});

describe("checkServerIdentity", () => {
  const certificate = {} as PeerCertificate;
  const answerOf = (check: () => unknown): Error | undefined =>
    checkedTls({ checkServerIdentity: check as never }, "options.amqp").checkServerIdentity?.("rabbit", certificate);

  it("returns what the user's function returned", () => {
    const refusal = new Error("no");
    expect(answerOf(() => undefined)).toBeUndefined();
    expect(answerOf(() => refusal)).toBe(refusal);
  });

  it("that throws refuses the certificate, whatever is thrown", () => {
    const thrown = new TypeError("oops");
    const check = vi.fn(() => {
      throw thrown;
    });
    expect(answerOf(check)).toBe(thrown);
    expect(check).toHaveBeenCalledWith("rabbit", certificate);
    expect(
      answerOf(() => {
        throw "a string";
      })?.message,
    ).toContain("threw a string");
  });

  it.each([
    ["a promise", (): unknown => Promise.resolve()],
    ["a promise that rejects", (): unknown => Promise.reject(new Error("late"))],
    ["true", (): unknown => true],
  ])("that returns %s refuses the certificate, because only a synchronous answer counts", (_what, check) => {
    expect(answerOf(check)?.message).toContain("must return undefined or an Error, not a promise");
  });
});
