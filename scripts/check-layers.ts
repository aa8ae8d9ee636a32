// `npm run layers`: says what breaks the layers and fails; with --markdown it prints the import table instead.
import { fileURLToPath } from "node:url";
import { checkLayers, formatViolation, tableAsMarkdown } from "./layers.ts";

if (process.argv.includes("--markdown")) {
  process.stdout.write(`${tableAsMarkdown()}\n`);
} else {
  const violations = checkLayers(fileURLToPath(new URL("..", import.meta.url)));
  for (const violation of violations) process.stdout.write(`${formatViolation(violation)}\n`);
  if (violations.length === 0) process.stdout.write("layers: ok\n");
  else process.exitCode = 1;
}
