// Certificates of a test's own, made by openssl: an authority, a server, and a client.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates extends Disposable {
  readonly folder: string;
  readonly ca: Buffer;
  readonly client: { readonly cert: Buffer; readonly key: Buffer };
  /** Of another authority, which the server does not know. */
  readonly stranger: { readonly cert: Buffer; readonly key: Buffer };
  /** A server's, for such names (`DNS:rabbit.example`), which is valid for so many days. */
  serverPair(names: string, days: number): { readonly cert: Buffer; readonly key: Buffer };
  /** Lines of rabbitmq.conf for a listener with them. */
  serverConfig(port: number): readonly string[];
}

/** Whether they can be made here. */
export function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    if (process.env["REQUIRE_RABBITMQ"] !== "1") return false;
    throw new Error(
      "REQUIRE_RABBITMQ=1, but openssl cannot be run: tests of TLS make their certificates with it. Install it.",
    );
  }
}

/** The client's common name is `clientName`; the server is `localhost` and 127.0.0.1. */
export function makeCertificates(clientName: string): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-certificates-"));
  const file = (name: string): string => join(folder, name);
  const openssl = (...words: readonly string[]): void => {
    execFileSync("openssl", [...words], { cwd: folder, stdio: "pipe" });
  };
  const authority = (name: string): void =>
    openssl(
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
    );
  const signed = (name: string, subject: string, by: string, extensions: string, days = 2): void => {
    writeFileSync(file(`${name}.ext`), extensions);
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      `${by}.pem`,
      "-CAkey",
      `${by}.key`,
      "-CAcreateserial",
      "-days",
      String(days),
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
  };
  authority("authority");
  authority("other");
  signed(
    "server",
    "/CN=localhost",
    "authority",
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
  );
  signed("client", `/CN=${clientName}`, "authority", "extendedKeyUsage=clientAuth\n");
  signed("stranger", `/CN=${clientName}`, "other", "extendedKeyUsage=clientAuth\n");
  const pair = (name: string) => ({ cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) });
  return {
    folder,
    ca: readFileSync(file("authority.pem")),
    client: pair("client"),
    stranger: pair("stranger"),
    serverPair(names, days) {
      signed("special", "/CN=special", "authority", `subjectAltName=${names}\n`, days);
      return pair("special");
    },
    serverConfig: (port) => [
      `listeners.ssl.1 = 127.0.0.1:${port}`,
      `ssl_options.cacertfile = ${file("authority.pem")}`,
      `ssl_options.certfile = ${file("server.pem")}`,
      `ssl_options.keyfile = ${file("server.key")}`,
      "ssl_options.verify = verify_peer",
      "ssl_options.fail_if_no_peer_cert = false",
    ],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
