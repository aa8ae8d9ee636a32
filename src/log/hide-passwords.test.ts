import { expect, it } from "vitest";
import { errorFields } from "./error-fields.ts";
import { hidePasswords } from "./hide-passwords.ts";

it.each([
  ["amqp://ada:secret@host:5672/vh", "amqp://ada:***@host:5672/vh"],
  ["amqps://ada:se/c@r:et@host", "amqps://ada:***@host"],
  ['no file "amqp://ada:secret@host/" here', 'no file "amqp://ada:***@host/" here'],
  ["redis://:secret@host", "redis://:***@host"],
  ["two: amqp://a:x@h and http://b:y@i", "two: amqp://a:***@h and http://b:***@i"],
  ["write amqp://username:password@host:port/vhost", "write amqp://username:password@host:port/vhost"],
  ["amqp://username:password@secret@host", "amqp://username:***@host"],
  ["amqp://ada@host", "amqp://ada@host"],
  ["http://host:8080/a@b", "http://host:***@b"],
  ["http://host:8080/path", "http://host:8080/path"],
  ["a:b@c", "a:b@c"],
])("%j is shown as %j", (text, shown) => {
  expect(hidePasswords(text)).toBe(shown);
});

it("hiding passwords takes linear time for a long string", () => {
  for (const text of ["x".repeat(1e6), "a://b:".repeat(1e5), `${"a+".repeat(5e5)}://`]) {
    expect(hidePasswords(`amqp://a:secret@h ${text}`)).toBe(`amqp://a:***@h ${text}`);
  }
});

it("a log line never shows a password of a URL from an error's message, stack, cause or members", () => {
  const url = "amqp://ada:secret@host";
  const error = Object.assign(new Error(`cannot use ${url}`, { cause: new TypeError(url) }), {
    input: url,
    all: [url],
  });
  expect(JSON.stringify(errorFields(error))).not.toContain("secret");
  expect(JSON.stringify(errorFields(new AggregateError([new Error(url)], url)))).not.toContain("secret");
});
