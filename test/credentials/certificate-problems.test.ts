// A server whose certificate is refused: the error says why, and what to change.
import { createServer, type Server, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConnectionOptions } from "../../src/amqp-client/options.ts";
import { onceConnection } from "../amqp-client/client.ts";
import { type Certificates, hasOpenssl, makeCertificates } from "./certificates.ts";

/** Listens, and speaks no AMQP: nothing gets so far. */
async function listen(options: TlsOptions): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(options, (socket) => socket.on("error", () => {}));
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server does not listen");
  return { server, port: address.port };
}

async function failureAt(served: TlsOptions, tls: ConnectionOptions["tls"]): Promise<string> {
  const { server, port } = await listen(served);
  try {
    const url = `amqps://guest:guest@127.0.0.1:${port}`;
    await using connection = onceConnection({ url, tls });
    const failure: unknown = await connection.open().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ERR_AMQP_UNREACHABLE" });
    // It is started, and is where the options say.
    expect((failure as Error).message).not.toContain("Start the broker");
    return (failure as Error).message;
  } finally {
    server.close();
  }
}

(hasOpenssl() ? describe : describe.skip)("a certificate", () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates("orders");
  });
  afterAll(() => certificates[Symbol.dispose]());

  it("of an unknown authority is not trusted, and the error names the option for the authority", async () => {
    const served = certificates.serverPair("IP:127.0.0.1", 2);
    expect(await failureAt(served, true)).toMatch(
      /its certificate is not trusted: (unable to|self-signed).*; set options\.amqp\.tls\.ca to the certificate of the authority/,
    );
  });

  it("that has expired is to be renewed", async () => {
    const served = certificates.serverPair("IP:127.0.0.1", -1);
    expect(await failureAt(served, { ca: certificates.ca })).toContain(
      "certificate has expired; renew the certificate of the broker, or correct the clock of this machine",
    );
  });

  it("of another host is named with its own names", async () => {
    const served = certificates.serverPair("DNS:rabbit.example,DNS:other.example", 2);
    expect(await failureAt(served, { ca: certificates.ca })).toContain(
      'its certificate does not match the name "127.0.0.1": it is for DNS:rabbit.example, DNS:other.example; connect by that name, or set options.amqp.tls.servername to it',
    );
  });

  it("of the client is required, and the error names the options for it", async () => {
    const { ca } = certificates;
    const served = { ...certificates.serverPair("IP:127.0.0.1", 2), ca, requestCert: true, rejectUnauthorized: true };
    expect(await failureAt(served, { ca })).toContain(
      "it requires a client certificate; set options.amqp.tls.cert and options.amqp.tls.key",
    );
  });

  it("that is trusted says nothing of the port, if the server then ends the connection", async () => {
    const { server, port } = await listen(certificates.serverPair("IP:127.0.0.1", 2));
    server.on("secureConnection", (socket) => socket.destroy());
    const url = `amqps://guest:guest@127.0.0.1:${port}`;
    await using connection = onceConnection({ url, tls: { ca: certificates.ca } });
    await expect(connection.open()).rejects.toThrow(
      "(the peer closed the connection before it sent anything, after TLS was agreed on: it may require a client certificate (options.amqp.tls.cert), or be a proxy whose broker does not run)",
    );
    server.close();
  });
});
