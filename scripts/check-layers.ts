// `npm run layers`: says what breaks the layers and fails; with --markdown it prints the import table instead.
import { fileURLToPath } from "node:url";
import { checkLayers, findEmptyPlaces, formatViolation, tableAsMarkdown } from "./layers.ts";

if (process.argv.includes("--markdown")) {
  process.stdout.write(`${tableAsMarkdown()}\n`);
} else {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const violations = checkLayers(root).map(formatViolation);
  const empty = findEmptyPlaces(root).map(
    (place) => `scripts/layers/table.ts  table  no file is in "${place}"  take it out`,
  );
  for (const line of [...violations, ...empty]) process.stdout.write(`${line}\n`);
  if (violations.length + empty.length === 0) process.stdout.write("layers: ok\n");
  else process.exitCode = 1;
}
