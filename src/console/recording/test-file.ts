/** Writes messages as a vitest file that plays them on the embedded broker, with a clock that the test moves. */
import type { PlayedMessage, PlayedService } from "./played-message.ts";

export interface TestFileFacts {
  readonly messages: readonly PlayedMessage[];
  readonly services: readonly PlayedService[];
  readonly now: Date;
}

/** A pause between two messages that is longer than this is played, in milliseconds; others change nothing. */
const shortestPauseMs = 1000;
/** A retry comes a little after its delay. */
const afterDelayMs = 100;
const quiet = "amq.topic";

export function testFile({ messages, services, now }: TestFileFacts): string {
  const sorted = [...messages].sort((a, b) => a.at - b.at);
  const count = `${sorted.length} ${sorted.length === 1 ? "message" : "messages"}`;
  const names = services.map(({ exported, name }) => (exported === "default" ? variableOf(name) : exported));
  return [
    `// ${count}, recorded by tomodachi at ${now.toISOString()}. What its name says is secret was replaced: look through the data`,
    "// before you commit this file. Change what is expected where a handler must do something else.",
    'import { createVirtualClock, startService } from "tomodachi/testing";',
    'import { expect, it } from "vitest";',
    ...services.map(({ exported, path, name }) =>
      exported === "default"
        ? `import ${variableOf(name)} from ${text(path)};`
        : `import { ${exported} } from ${text(path)};`,
    ),
    "",
    `it(${text(`handles ${count} as recorded`)}, async () => {`,
    "  const clock = createVirtualClock();",
    `  await using app = await startService([${names.join(", ")}], { clock });`,
    ...sorted.flatMap((message, at) => ["", ...linesOf(message, sorted[at - 1], services.length > 1)]),
    "});",
    "",
  ].join("\n");
}

function linesOf(message: PlayedMessage, before: PlayedMessage | undefined, several: boolean): readonly string[] {
  const { handler, service, exchange, routingKey, data, headers, runs } = message;
  const pauseMs = before ? message.at - endOf(before) : 0;
  const options = {
    routingKey,
    ...(exchange !== quiet && { exchangeName: exchange }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(several && { service }),
  };
  const pause = pauseMs >= shortestPauseMs ? [`  await clock.advance(${text(`${Math.round(pauseMs)}ms`)});`] : [];
  return [
    ...pause,
    `  await app.publish(${literal(data)}, ${literal(options)});`,
    ...runs.flatMap(({ outcome, delayMs }) => [
      `  await expect(app.handled(${text(handler)}, { outcome: "any" })).resolves.toMatchObject({ outcome: ${text(outcome)} });`,
      ...(outcome === "retry" && delayMs !== undefined
        ? [`  await clock.advance(${text(`${delayMs + afterDelayMs}ms`)});`]
        : []),
    ]),
  ];
}

/** When its last run was, counted by the delays. */
function endOf({ at, runs }: PlayedMessage): number {
  return at + runs.reduce((sum, { delayMs = 0 }) => sum + (delayMs ?? 0), 0);
}

/** As JSON, a line for each member, below the call. It is code, so a line separator inside a string must be written as an escape. */
function literal(value: unknown): string {
  const json = JSON.stringify(value, undefined, 2) ?? "undefined";
  return json.replaceAll("\n", "\n  ").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function text(value: string): string {
  return literal(value);
}

function variableOf(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => (word[0]?.toUpperCase() ?? "") + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Service${joined}`;
}
