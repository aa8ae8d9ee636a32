/** The reply codes that errors explain are the ones that docs/errors.md lists, in the same words. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { replyExplanations } from "../src/amqp-client/session/reply-codes.ts";
import { replyName } from "../src/amqp-wire/constants.ts";
import { packageFolder } from "./cli/temporary-project.ts";

it("docs/errors.md lists each reply code as the errors explain it", () => {
  const text = readFileSync(join(packageFolder, "docs/errors.md"), "utf8");
  const rows = text.match(/^\| \d{3} \|.*$/gm) ?? [];
  expect(rows).toEqual(
    replyExplanations.map(({ code, name, meaning, cure }) => `| ${code} | \`${name}\` | ${meaning} | ${cure} |`),
  );
});

it("each reply code has the name from the protocol", () => {
  for (const { code, name } of replyExplanations) expect(replyName(code)).toBe(name);
});
