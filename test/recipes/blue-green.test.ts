/** The recipe of blue-green deploys: the work moves to the other version, and back. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { freePort } from "../cli/free-port.ts";
import { describeWithBroker } from "../support/broker.ts";
import { openRecipeBroker } from "./recipe-broker.ts";

const token = "only-for-this-test-of-a-recipe";

describeWithBroker("the recipe of blue-green deploys", () => {
  it("moves the work to green, and back to blue", async () => {
    const broker = await openRecipeBroker();
    const start = async (colour: string, more: Readonly<Record<string, string>> = {}) => {
      const port = String(await freePort());
      const variables = { COLOUR: colour, TOMODACHI_OPERATIONS_TOKEN: token, ...more };
      const run = broker.run("blue-green/", variables, "--operations-port", port);
      await run.says("service started");
      return { run, url: `http://127.0.0.1:${port}` };
    };
    const publish = (id: string) =>
      broker.publish(`order.${id}.paid`, JSON.stringify({ metadata: { data_encoding: "raw" }, data: { id } }));
    const move = (from: string, to: string) =>
      promisify(execFile)("sh", ["examples/recipes/blue-green/switch.sh", from, to], {
        env: { ...process.env, TOMODACHI_OPERATIONS_TOKEN: token },
      });

    const blue = await start("blue");
    const green = await start("green", { START_PAUSED: "1" });
    expect((await fetch(`${green.url}/ready`)).status).toBe(200);
    for (const id of ["1", "2", "3"]) await publish(id);
    for (const id of ["1", "2", "3"]) await blue.run.says(`blue: order ${id} is paid`);

    await move(blue.url, green.url);
    for (const id of ["4", "5", "6"]) await publish(id);
    for (const id of ["4", "5", "6"]) await green.run.says(`green: order ${id} is paid`);

    await move(green.url, blue.url);
    await publish("7");
    await blue.run.says("blue: order 7 is paid");
    for (const { run } of [blue, green]) expect(await run.stop(), run.output).toBe(0);
  });
});
