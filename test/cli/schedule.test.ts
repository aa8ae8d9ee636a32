// `tomodachi schedule`, as it is typed.
import { afterEach, expect, it } from "vitest";
import { amqpUrl, connectForeign, describeWithBroker, uniqueName, until } from "../support/broker.ts";
import { freePort } from "./free-port.ts";
import { TemporaryProject } from "./temporary-project.ts";

const prefix = `${uniqueName("t")}.`;

const reports = `
import { Service, defineService, on, schedule } from "tomodachi";
export default defineService({
  name: "reports",
  options: { amqp: { queueNamePrefix: ${JSON.stringify(prefix)} } },
  handlers: {
    bill: on(schedule({ cron: "0 2 * * *", timezone: "UTC", once: "cluster" }), (dueAt) => console.log("BILLED", dueAt.toISOString())),
    refresh: on(schedule({ every: "30s" }), () => {}),
    remind: on(schedule({ cron: "0 9 * * *", timezone: "UTC" }), () => {}),
  },
});
`;

const projects: TemporaryProject[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

function project(files: Readonly<Record<string, string>> = { "service/service.mjs": reports }): TemporaryProject {
  const made = new TemporaryProject(files);
  projects.push(made);
  return made;
}

describeWithBroker("tomodachi schedule", () => {
  const environment = { TOMODACHI_AMQP_URL: amqpUrl ?? "" };
  const queue = `${prefix}reports.bill.schedule`;

  it("lists schedules, and starts one now, in one running instance", async () => {
    const place = project();
    const before = await place.run(["schedule", "list", "service/"], { environment });
    expect(before).toMatchObject({ code: 0, stderr: "" });
    const [head = "", bill = "", refresh = "", remind = ""] = before.stdout.split("\n");
    expect(head).toMatch(/^SCHEDULE +WHEN +RUNS +NEXT +LAST +WAITING +DEAD LETTERS$/);
    expect(bill).toMatch(
      /^reports\.bill +cron "0 2 \* \* \*" \(UTC\) +once, of 0 +20\d\d-\d\d-\d\dT02:00:00Z +- +0 +0$/,
    );
    expect(refresh).toMatch(/^reports\.refresh +every 30s +in each instance +after its start +- +- +-$/);
    expect(remind).toMatch(/^reports\.remind +cron .* in each instance +20\d\d-\d\d-\d\dT09:00:00Z +- +- +-$/);
    // No instance has ever run, so there is no queue.
    const early = await place.run(["schedule", "trigger", "bill", "service/"], { environment });
    expect(early).toMatchObject({ code: 1, stdout: "" });
    expect(early.stderr).toContain(`this broker has no queue "${queue}". Start the service once`);

    const instance = place.start(["run", "service/"], { environment });
    await instance.seen("Ready.");
    const triggered = await place.run(["schedule", "trigger", "bill", "service/"], { environment });
    expect(triggered).toMatchObject({ code: 0, stderr: "" });
    expect(triggered.stdout).toMatch(/^reports\.bill is started as reports\.bill:20\S+Z\. It is in the queue "/);
    await instance.seen("BILLED");
    await instance.seen("this instance publishes the occurrences");
    const json = await place.run(["schedule", "list", "service/", "--json"], { environment });
    const lines = json.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toEqual({
      schedule: "reports.bill",
      service: "reports",
      handler: "bill",
      when: 'cron "0 2 * * *" (UTC)',
      once: "cluster",
      next: expect.stringMatching(/T02:00:00\.000Z$/),
      queue,
      deadLetterQueue: `${queue}.dlq`,
      last: expect.stringMatching(/Z$/),
      waiting: 0,
      deadLetters: 0,
      instances: 1,
      leased: true,
    });
    expect(lines[1]).toEqual({
      schedule: "reports.refresh",
      service: "reports",
      handler: "refresh",
      when: "every 30s",
      once: null,
      next: null,
    });
    instance.child.kill("SIGTERM");
    expect((await instance.ended).code).toBe(0);
    const late = await place.run(["schedule", "trigger", "reports.bill", "service/"], { environment });
    expect(late.stdout).toContain("No instance of the service runs: it waits in the queue");
    await using foreign = await connectForeign();
    await until(async () => (await foreign.queueInfo(queue))?.messageCount === 1, { what: "the occurrence" });
    for (const suffix of ["", ".dlq", ".last"]) await foreign.deleteQueue(queue + suffix);
  });

  it.each([
    [["trigger", "bil", "service/"], 1, 'There is no schedule "bil". Did you mean "reports.bill"?'],
    [["trigger", "anything", "service/"], 1, "There are: reports.bill, reports.refresh, reports.remind."],
    [["trigger", "refresh", "service/"], 1, 'With once: "cluster" it has a queue'],
    [["trigger", "bill"], 2, "needs a service: the service says where its queue is"],
    [["trigger"], 2, "needs the name of a schedule"],
    [["list"], 2, "`tomodachi schedule list` needs a file or a folder"],
    [["lst", "service/"], 2, "Did you mean `tomodachi schedule list`?"],
    [[], 2, "needs an action"],
    [["list", "nowhere/"], 1, "nowhere"],
    [["list", "service/", "--format", "json"], 2, "--format is not an option of `tomodachi schedule`"],
  ] as const)("refuses %j and says why", async (words, code, text) => {
    const ended = await project().run(["schedule", ...words], { environment });
    expect(ended.stderr).toContain(text);
    expect(ended).toMatchObject({ code, stdout: "" });
  });

  it("lists what is known without a broker, but cannot start anything", async () => {
    const place = project();
    const nowhere = { environment: { TOMODACHI_AMQP_URL: `amqp://guest:guest@127.0.0.1:${await freePort()}` } };
    const listed = await place.run(["schedule", "list", "service/"], nowhere);
    expect(listed.code).toBe(1);
    expect(listed.stdout).toMatch(/^reports\.bill +cron .* once +20\S+Z +\? +\? +\?$/m);
    expect(listed.stderr).toMatch(/^tomodachi: reports\.bill: Unable to connect/);
    const started = await place.run(["schedule", "trigger", "bill", "service/"], nowhere);
    expect(started).toMatchObject({ code: 1, stdout: "" });
    expect(started.stderr).toContain("Unable to connect");
  });

  it("connects to no broker if no schedule needs one, and says so if there are none", async () => {
    const plain = reports.replace(', once: "cluster"', "");
    const none = `import { defineService } from "tomodachi"; export default defineService({ name: "empty", startService() {} });`;
    const place = project({ "service/service.mjs": plain, "empty/service.mjs": none });
    const nowhere = { environment: { TOMODACHI_AMQP_URL: `amqp://guest:guest@127.0.0.1:${await freePort()}` } };
    expect(await place.run(["schedule", "list", "service/"], nowhere)).toMatchObject({ code: 0, stderr: "" });
    const empty = await place.run(["schedule", "list", "empty/"], nowhere);
    expect(empty).toMatchObject({ code: 0, stdout: "These services have no schedules.\n" });
  });
});
