import { expect, it } from "vitest";
import { unknownId, wholeId } from "./dlq-ids.ts";

const [first, second] = ["33ddd27d-8d0a-4c1e-9a52-7f1c0a520001", "33ddd27d-8d0a-4c1e-9a52-7f1c0a520002"];
const present: ReadonlySet<string> = new Set([first, second, "7f1c0a52", "7f1c0a52-b", "short"]);

it("the beginning of one id means this id, and a whole id means itself", () => {
  expect(wholeId("33ddd27d-8d0a-4c1e-9a52-7f1c0a520001", present)).toBe(first);
  expect(wholeId("33ddd27d-8d0a-4c1e-9a52-7f1c0a520001".slice(0, 12), new Set([first]))).toBe(first);
  expect(wholeId("7f1c0a52", present)).toBe("7f1c0a52");
});

it("a word that fits no id, or has less than 8 characters, stays as it is", () => {
  expect(wholeId("00000000", present)).toBe("00000000");
  expect(wholeId("shor", present)).toBe("shor");
  expect(wholeId("33ddd27d-8d0a-4c1e-9a52-7f1c0a529999", present)).toBe("33ddd27d-8d0a-4c1e-9a52-7f1c0a529999");
});

it("the beginning of several ids is refused with the ids, at most ten of them", () => {
  expect(() => wholeId("33ddd27d", present)).toThrow(
    `--id "33ddd27d" is the beginning of 2 ids: ${first}, ${second}. Nothing was changed. Give more characters.`,
  );
  const many = new Set(Array.from({ length: 12 }, (_, at) => `33ddd27d-${at}`));
  expect(() => wholeId("33ddd27d", many)).toThrow(/33ddd27d-9 and 2 more\. Nothing/);
});

it("an id that does not exist is an error with a code, and a short one says how many characters are needed", () => {
  expect(unknownId("2e44")).toMatchObject({
    code: "ERR_DEAD_LETTER_NOT_THERE",
    message: 'No dead letter here has the id "2e44". The beginning of an id needs at least 8 characters.',
  });
  expect(unknownId("00000000\u001b").message).toBe(
    'No dead letter here has the id "00000000\\u001b". `tomodachi dlq show` prints the ids.',
  );
});
