// npm run api [-- --write]: api/*.api.md, what each entry point of the compiled package exports. Without --write a difference fails.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const root = fileURLToPath(new URL("..", import.meta.url));
const entries = {
  tomodachi: "index",
  broker: "amqp-broker/index",
  cloudevents: "envelopes/cloudevents/index",
  protobuf: "envelopes/protobuf/index",
  testing: "testing/index",
} as const;
const silent = { default: { logLevel: ExtractorLogLevel.None } };

/** Compares one report with what is compiled; with `write` it takes the place of the report. True: they were the same. */
function report(name: string, entry: string, write: boolean, folder: string): boolean {
  const declarations = join(root, "dist", `${entry}.d.ts`);
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: declarations,
      compiler: { overrideTsconfig: { compilerOptions, files: [declarations] } },
      apiReport: {
        enabled: true,
        reportFolder: join(root, "api"),
        reportFileName: `${name}.api.md`,
        reportTempFolder: folder,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: write,
    messageCallback: (message) => {
      if (message.logLevel === ExtractorLogLevel.Error) throw new Error(message.text);
      message.handled = true;
    },
  });
  return !apiReportChanged;
}

const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  types: ["node"],
};

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const folder = mkdtempSync(join(tmpdir(), "tomodachi-api-"));
try {
  const changed = Object.entries(entries).flatMap(([name, entry]) =>
    report(name, entry, values.write, folder) ? [] : [`api/${name}.api.md`],
  );
  if (changed.length === 0) process.stdout.write("api: ok\n");
  else if (values.write) process.stdout.write(`written: ${changed.join(", ")}\n`);
  else {
    process.stderr.write(
      `The public interface changed, and ${changed.join(", ")} did not. Look at the change: run \`npm run build && npm run api -- --write\`, and commit the report.\n`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
