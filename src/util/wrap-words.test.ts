import { describe, expect, it } from "vitest";
import { wrapWords } from "./wrap-words.ts";

describe("wrapWords", () => {
  it("leaves a line that fits as it is", () => {
    expect(wrapWords("    ok       It has no alarm.", 80)).toEqual(["    ok       It has no alarm."]);
    expect(wrapWords("", 80)).toEqual([""]);
  });

  it.each([
    [
      "    info     Clock difference: AMQP does not show it.",
      32,
      ["    info     Clock difference:", "             AMQP does not show", "             it."],
    ],
    ["             -> Give it a name, please.", 32, ["             -> Give it a name,", "                please."]],
    [
      "      on failure  no retries: at once to a.dlq",
      40,
      ["      on failure  no retries: at once to", "                  a.dlq"],
    ],
    ["It arrives at orders.onPaid and shop.onPaid.", 30, ["It arrives at orders.onPaid", "and shop.onPaid."]],
  ])("continues %j below its text", (line, columns, expected) => expect(wrapWords(line, columns)).toEqual(expected));

  it("never breaks a word, and loses none", () => {
    const url = "amqp://orders:secret@rabbitmq.internal:5672/shop";
    expect(wrapWords(`See ${url} for it`, 20)).toEqual(["See", url, "for it"]);
    const words = "one two three four five six seven eight nine ten eleven twelve".split(" ");
    for (let columns = 1; columns < 70; columns++) {
      const lines = wrapWords(`    warning  ${words.join(" ")}`, columns);
      expect(lines.join(" ").trim().split(/\s+/)).toEqual(["warning", ...words]);
    }
  });

  it("continues where it is told to, and counts no colours", () => {
    const [red, plain] = ["\u001b[31m", "\u001b[39m"];
    const line = `[12:00:00] ${red}ERROR${plain}: one two three`;
    expect(wrapWords(line, 27)).toEqual([line.slice(0, -" three".length), "three"]);
    expect(wrapWords(line, 27, 4)).toEqual([line.slice(0, -" three".length), "    three"]);
    expect(wrapWords(`${red}one two three${plain}`, 13)).toEqual([`${red}one two three${plain}`]);
    expect(wrapWords(`${red}one two three${plain} four`, 8)).toEqual([`${red}one two`, `three${plain}`, "four"]);
  });

  it("does not continue far to the right where the first column is wide", () => {
    const lines = wrapWords("amqp://guest@127.0.0.1:5672/  for orders, shipping, invoices", 40);
    expect(lines).toEqual(["amqp://guest@127.0.0.1:5672/  for", "  orders, shipping, invoices"]);
    expect(wrapWords("  tomodachi dlq purge --yes       without a question", 36)).toEqual([
      "  tomodachi dlq purge --yes",
      "    without a question",
    ]);
  });
});
