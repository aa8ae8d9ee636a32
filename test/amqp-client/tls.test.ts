// TLS on a plain port, and plain AMQP on a port of TLS: the error says which, and does not show the password of the URL.
import { createServer as createTcpServer, type Server } from "node:net";
import { createServer } from "node:tls";
import { expect, it } from "vitest";
import { amqpUrl, describeWithBroker } from "../support/broker.ts";
import { onceConnection } from "./client.ts";

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address === "object" && address) return address.port;
  throw new Error("the server does not listen");
}

async function failureAt(url: string): Promise<string> {
  await using connection = onceConnection({ url });
  const error = await connection.open().then(
    () => undefined,
    (reason: Error & { code?: string }) => reason,
  );
  expect(error).toMatchObject({ code: "ERR_AMQP_UNREACHABLE" });
  expect(JSON.stringify([error, error?.message, error?.stack, String(error?.cause)])).not.toContain("secret");
  return error?.message ?? "";
}

describeWithBroker("a URL with the wrong scheme", () => {
  it("amqps:// on a plain port gives an error that says that the port does not use TLS", async () => {
    const { host } = new URL(amqpUrl ?? "");
    expect(await failureAt(`amqps://guest:secret@${host}`)).toMatch(
      /(does not answer in TLS|during the TLS handshake).*amqp:\/\/.*5672.*5671/,
    );
  });

  it("amqp:// on a TLS port gives an error that says that the port uses TLS", async () => {
    // Without a certificate: keys that both sides know.
    const server = createServer({ ciphers: "PSK", pskCallback: () => null });
    server.on("tlsClientError", () => {});
    const port = await portOf(server);
    expect(await failureAt(`amqp://guest:secret@127.0.0.1:${port}`)).toMatch(
      /it answers in TLS: use amqps:\/\/ and its port|a TLS port does this: use amqps:\/\//,
    );
    server.close();
  });

  it.each([
    ["words of another protocol", "220 mail.example ESMTP\r\n", "does not answer in TLS"],
    ["the header of AMQP", "AMQP\0\0\u0009\u0001", "does not answer in TLS"],
    ["nothing, and an end", "", "during the TLS handshake"],
  ])("amqps:// on a port that answers with %s", async (_what, answer, text) => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer, "latin1"));
    });
    const port = await portOf(server);
    expect(await failureAt(`amqps://guest:secret@127.0.0.1:${port}`)).toContain(text);
    server.close();
  });
});
