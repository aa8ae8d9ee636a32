// `npm run words`: says where a word of scripts/words/list.ts is used and what to write instead, and fails.
import { fileURLToPath } from "node:url";
import { checkWords, formatFinding } from "./words.ts";

const findings = checkWords(fileURLToPath(new URL("..", import.meta.url)));
for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
if (findings.length === 0) process.stdout.write("words: ok\n");
else process.exitCode = 1;
