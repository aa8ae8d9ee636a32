import { describe, expect, it } from "vitest";
import { createOccurrenceEnvelope, occurrenceId, occurrenceMessage } from "./occurrence.ts";

const name = "reports.bill";
const time = Date.UTC(2026, 10, 29, 2);
const envelope = createOccurrenceEnvelope(name);
const parse = (body: string | Buffer) => envelope.parseMessage(Buffer.from(body), {});

describe("an occurrence", () => {
  it("has the schedule and the UTC time as its id, for every publisher", () => {
    expect(occurrenceId(name, time)).toBe("reports.bill:2026-11-29T02:00:00.000Z");
    const message = occurrenceMessage({ name, queue: "p.reports.bill.schedule", service: "reports" }, time);
    expect(message).toMatchObject({
      exchange: "",
      routingKey: "p.reports.bill.schedule",
      mandatory: true,
      properties: { messageId: "reports.bill:2026-11-29T02:00:00.000Z", persistent: true, appId: "reports" },
    });
    expect(parse(message.content)).toEqual({
      message: new Date(time),
      data: new Date(time),
      messageUuid: "reports.bill:2026-11-29T02:00:00.000Z",
    });
  });

  it("is read the same in whichever time zone its time is written", () => {
    const parsed = parse(JSON.stringify({ schedule: name, scheduledAt: "2026-11-29T03:00:00+01:00" }));
    expect(parsed).toMatchObject({ messageUuid: "reports.bill:2026-11-29T02:00:00.000Z" });
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["null", "null"],
    ["a list", "[]"],
    ["another schedule", JSON.stringify({ schedule: "reports.other", scheduledAt: new Date(time) })],
    ["no schedule", JSON.stringify({ scheduledAt: new Date(time) })],
    ["no time", JSON.stringify({ schedule: name })],
    ["an invalid time", JSON.stringify({ schedule: name, scheduledAt: "tomorrow" })],
    ["a number for a time", JSON.stringify({ schedule: name, scheduledAt: time })],
    ["a year that no date has", JSON.stringify({ schedule: name, scheduledAt: "+999999-01-01T00:00:00Z" })],
    ["much", JSON.stringify({ schedule: name, scheduledAt: new Date(time), more: "x".repeat(5000) })],
  ])("is refused when the message is %s", (_what, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: "ERR_SCHEDULE_OCCURRENCE" }));
  });
});
