/** ProtobufBase where @bufbuild/protobuf is not installed: it loads, reads what needs no schema, and says what to install. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The package in its own project; without node_modules beside it, and so without the peer. */
function project(): string {
  expect(existsSync(join(root, "dist/envelopes/protobuf/index.js")), "dist/ is missing: npm run build").toBe(true);
  const folder = mkdtempSync(join(tmpdir(), "tomodachi-peer-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, "node_modules/tomodachi");
  mkdirSync(home, { recursive: true });
  cpSync(join(root, "dist"), join(home, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(home, "package.json"));
  return folder;
}

it("the start and a publish say which package a protobuf-es schema needs; other libraries need none", async () => {
  const folder = project();
  const script = join(folder, "main.mjs");
  writeFileSync(
    script,
    `import { ProtobufBase } from "tomodachi/protobuf";
     const attempt = (run) => { try { return run() ?? "taken"; } catch (error) { return error.code + ": " + error.message; } };
     const schema = { kind: "message", typeName: "a.B", fields: [], oneofs: [] };
     const plain = { encode: () => ({ finish: () => new Uint8Array([8, 1]) }), decode: () => ({ a: 1 }), fromPartial: (x) => ({ a: 0, ...x }) };
     const service = { name: "s", uuid: "u" };
     const { payload } = ProtobufBase.buildMessage(service, "t", { a: 1 }, { protoClass: plain });
     console.log(JSON.stringify([
       attempt(() => ProtobufBase.validate({ protoClass: schema })),
       attempt(() => ProtobufBase.buildMessage(service, "t", {}, { protoClass: schema })),
       attempt(() => ProtobufBase.validate({ protoClass: plain })),
       ProtobufBase.parseMessage(Buffer.from(payload), { protoClass: plain }).message.data,
     ]));`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
  const [start, publish, other, data] = JSON.parse(stdout) as readonly unknown[];
  expect(start).toMatch(/^ERR_CONFIGURATION: .*npm install @bufbuild\/protobuf$/);
  expect(publish).toBe(start);
  expect([other, data]).toEqual(["taken", { a: 1 }]);
});

it.each([
  ["without the peer", false, "undefined"],
  ["beside the peer", true, "x"],
])("the optional package is loaded by CommonJS %s", async (_name, installed, label) => {
  const folder = project();
  if (installed) {
    cpSync(join(root, "node_modules/@bufbuild"), join(folder, "node_modules/@bufbuild"), { recursive: true });
  }
  const script = join(folder, "main.cjs");
  writeFileSync(
    script,
    `const { ProtobufBase } = require("tomodachi/protobuf");
     const { StringValueSchema } = ${installed ? 'require("@bufbuild/protobuf/wkt")' : "{}"};
     const service = { name: "s", uuid: "u" };
     const { payload } = StringValueSchema ? ProtobufBase.buildMessage(service, "t", { value: "x" }, { protoClass: StringValueSchema }) : {};
     console.log(payload && ProtobufBase.parseMessage(Buffer.from(payload), { protoClass: StringValueSchema }).message.data.value);`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
  expect(stdout.trim()).toBe(label);
});
