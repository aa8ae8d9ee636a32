/** What is said at the end of `connectTimeoutSeconds`. */
import { expect, it } from "vitest";
import { createConnection } from "../../test/amqp-client/client.ts";
import { ordinary, ScriptedServer } from "../../test/support/scripted-server.ts";
import { createSilentLogger } from "../log/logger.ts";
import { HostTurns } from "./host-turns.ts";
import { resolveConnectionOptions } from "./options.ts";

it("the error says why the earlier attempts failed, not that the last one was interrupted", async () => {
  let connected = 0;
  // Aborts as the deadline does, during the second attempt, whenever that begins.
  const deadline = new AbortController();
  await using server = await ScriptedServer.start(ordinary, (socket) => {
    connected++;
    if (connected === 1) socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    else deadline.abort();
  });
  const options = resolveConnectionOptions({ url: `amqp://127.0.0.1:${server.port}` }, {});
  const turns = new HostTurns({
    options,
    name: "test",
    purpose: "consuming",
    logger: createSilentLogger(),
    failed: () => {},
  });
  const error = await turns.connect(deadline.signal, true).catch((reason: Error) => reason);
  expect(connected).toBe(2);
  expect(error).toMatchObject({ code: "ERR_AMQP_UNREACHABLE", message: expect.stringContaining("HTTP") });
});

it("the error says that a host never answered, if no attempt says more", async () => {
  await using server = await ScriptedServer.start(ordinary, () => {});
  const url = `amqp://127.0.0.1:${server.port}`;
  await using connection = createConnection({ url, connectTimeoutSeconds: 0.2 });
  const error = await connection.open().catch((reason: Error) => reason);
  expect(error).toMatchObject({
    code: "ERR_AMQP_UNREACHABLE",
    message: expect.stringContaining("no answer in time"),
  });
});
