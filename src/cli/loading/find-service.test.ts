import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findServices } from "./find-service.ts";

let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "find-service-")));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function files(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), "");
  }
}

function find(paths: readonly string[], production = false): string[] {
  return findServices(paths, { cwd, production }).map((file) => file.slice(cwd.length + 1));
}

describe("findServices", () => {
  it("finds a file with and without its ending, relative and absolute, each file once", () => {
    files("a/app.ts", "b.mjs");
    expect(find(["a/app.ts", "a/app", "./a/../a/app.ts", join(cwd, "a/app.ts"), "b"])).toEqual(["a/app.ts", "b.mjs"]);
  });

  it("treats a link and its target as one file", () => {
    files("app.ts");
    symlinkSync(join(cwd, "app.ts"), join(cwd, "link.ts"));
    expect(find(["link.ts", "app.ts"])).toEqual(["link.ts"]);
  });

  it("finds service, app or index of a folder, in this order", () => {
    files("one/index.ts", "one/app.cts", "one/service.mts", "two/index.js", "two/app.ts", "three/index.mjs");
    expect(find(["one", "two/", "three"])).toEqual(["one/service.mts", "two/app.ts", "three/index.mjs"]);
  });

  it("finds every *.service file of a folder without a main file, but no types and no tests", () => {
    files("s/b.service.ts", "s/a.service.js", "s/a.service.ts", "s/c.service.d.ts", "s/d.service.test.ts");
    expect(find(["s/"])).toEqual(["s/a.service.ts", "s/b.service.ts"]);
    expect(find(["s/"], true)).toEqual(["s/a.service.js", "s/b.service.ts"]);
  });

  it("uses the source in development and its compiled output in production", () => {
    files("app.ts", "app.js");
    expect(find(["app"])).toEqual(["app.ts"]);
    expect(find(["app"], true)).toEqual(["app.js"]);
    expect(find(["app.ts"], true)).toEqual(["app.ts"]);
  });

  it("prefers a file to a folder of the same name, unless the path ends with a slash", () => {
    files("service.ts", "service/app.ts");
    expect(find(["service"])).toEqual(["service.ts"]);
    expect(find(["service/"])).toEqual(["service/app.ts"]);
  });

  it("accepts a dot as the working folder", () => {
    files("app.ts");
    expect(find(["."])).toEqual(["app.ts"]);
  });

  it("lists the searched paths and the similar one when a file is missing", () => {
    files("service/app.ts");
    expect(() => find(["service/ap"])).toThrow(
      `There is no "service/ap": looked for ${join(cwd, "service/ap")}, also with the endings .ts .mts .cts .js .mjs .cjs. Did you mean "service/app.ts"?`,
    );
    expect(() => find(["service/app.js"])).toThrow('Did you mean "service/app.ts"?');
    expect(() => find(["service/zzzzzz.ts"])).toThrow("It holds: app.ts.");
  });

  it("names a missing folder", () => {
    files("service/app.ts");
    expect(() => find(["servce/deep/app.ts"])).toThrow(
      `There is no "servce/deep/app.ts": there is no folder ${join(cwd, "servce")}. Did you mean "service/"?`,
    );
    expect(() => find(["servce/app.ts"])).toThrow('Did you mean "service/app.ts"?');
    expect(() => find(["servces/"])).toThrow('There is no folder "servces/". Did you mean "service/"?');
    expect(() => find(["servces"])).toThrow('Did you mean "service/"?');
  });

  it("lists the content of a folder without a service", () => {
    files("s/notes.txt", "s/lib/x.ts");
    expect(() => find(["s"])).toThrow(
      /looked for service, app, index and \*\.service .* It holds: lib\/, notes\.txt\./,
    );
    mkdirSync(join(cwd, "empty"));
    expect(() => find(["empty"])).toThrow("The folder is empty.");
  });

  it("says how to run the code files of a folder without a service", () => {
    files("svc/ticker.ts", "svc/mail.ts", "svc/mail.test.ts", "svc/a.d.ts", "svc/.eslintrc.cjs");
    expect(() => find(["svc/"])).toThrow(
      /It holds: .*\. Name a file instead of the folder, such as svc\/mail\.ts, or rename it to mail\.service\.ts\.$/,
    );
    files("types/a.d.ts");
    expect(() => find(["types"])).toThrow(/It holds: a\.d\.ts\.$/);
  });

  it("refuses files that are not code, and type declarations", () => {
    files("app.json", "app.d.ts");
    expect(() => find(["app.json"])).toThrow('"app.json" is not a service file');
    expect(() => find(["app.d.ts"])).toThrow("holds types only");
  });
});
