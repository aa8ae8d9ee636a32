/** Writes messages as a vitest file that plays them on the embedded broker, with a clock that the test advances. */
import type { PlayedHandler, PlayedMessage, PlayedRun, PlayedService } from "./played-message.ts";

export interface TestFileFacts {
  readonly messages: readonly PlayedMessage[];
  readonly services: readonly PlayedService[];
  readonly now: Date;
}

/** Longer pauses between two messages are played, in milliseconds; shorter ones make no difference. */
const shortestPauseMs = 1000;
/** A retry comes this many milliseconds after its delay. */
const afterDelayMs = 100;
const quiet = "amq.topic";

export function testFile({ messages, services, now }: TestFileFacts): string {
  const sorted = [...messages].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const count = `${sorted.length} ${sorted.length === 1 ? "message" : "messages"}`;
  const names = services.map(({ exported, name }) => (exported === "default" ? variableOf(name) : exported));
  const several = services.length > 1;
  const deadLetters = new Map<string, number>();
  return [
    `// ${count}, recorded by tomodachi at ${now.toISOString()}. Values with secret names, such as password, were replaced.`,
    "// Read the data before you commit this file. Change an expected outcome where the handler must do something else.",
    'import { createVirtualClock, startService } from "tomodachi/testing";',
    'import { expect, it } from "vitest";',
    ...services.map(({ exported, path, name }) =>
      exported === "default"
        ? `import ${variableOf(name)} from ${literal(path)};`
        : `import { ${exported} } from ${literal(path)};`,
    ),
    "",
    `it(${literal(`handles ${count} as recorded`)}, async () => {`,
    "  const clock = createVirtualClock();",
    `  await using app = await startService([${names.join(", ")}], { clock });`,
    ...sorted.flatMap((message, at) => [
      "",
      ...pauseLines(message, sorted[at - 1]),
      ...publishLines(message, several),
      ...message.handled.flatMap((handler) => handlerLines(handler, several, deadLetters)),
    ]),
    "});",
    "",
  ].join("\n");
}

function pauseLines({ at }: PlayedMessage, before: PlayedMessage | undefined): readonly string[] {
  if (at === undefined || before?.at === undefined) return [];
  const waited = before.handled.flatMap(({ runs }) => runs).reduce((sum, { delayMs = 0 }) => sum + delayMs, 0);
  const pauseMs = at - before.at - waited;
  return pauseMs >= shortestPauseMs ? [`  await clock.advance(${literal(`${Math.round(pauseMs)}ms`)});`] : [];
}

function publishLines(message: PlayedMessage, several: boolean): readonly string[] {
  const { exchange, routingKey, data, headers, handled } = message;
  const options = {
    routingKey,
    ...(exchange !== quiet && { exchangeName: exchange }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(several && { service: handled[0]?.service }),
  };
  return [`  await app.publish(${literal(data)}, ${literal(options)});`];
}

/** `deadLetters`: how many dead letters each handler has so far. */
function handlerLines(
  { service, handler, runs }: PlayedHandler,
  several: boolean,
  deadLetters: Map<string, number>,
): readonly string[] {
  const options = `{ outcome: "any"${several ? `, service: ${literal(service)}` : ""} }`;
  const expected = (outcome: string): string =>
    `  await expect(app.handled(${literal(handler)}, ${options})).resolves.toMatchObject({ outcome: ${literal(outcome)} });`;
  return runs.flatMap(({ outcome, delayMs, isHere = false }: PlayedRun) => {
    if (outcome === "refused" || outcome === "dead-letter") {
      deadLetters.set(handler, (deadLetters.get(handler) ?? 0) + 1);
    }
    if (outcome === "refused") {
      const found = `await app.deadLetters(${literal(handler)}, { count: ${deadLetters.get(handler)} })`;
      return ["  // Its schema refuses it.", `  expect((${found}).at(-1)).toMatchObject({ reason: "schema" });`];
    }
    if (outcome === "unseen") return ["  // How its run ended was not recorded.", expected("acknowledge")];
    if (outcome !== "retry" || delayMs === undefined) return [expected(outcome)];
    const wait = `  await clock.advance(${literal(`${Math.ceil(delayMs) + afterDelayMs}ms`)});`;
    return isHere ? [wait, expected(outcome)] : [expected(outcome), wait];
  });
}

/** A value as JSON with one line for each member, below the call. It is code, so a line separator inside a string must be escaped. */
function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `Buffer.from("${Buffer.from(value).toString("base64")}", "base64")`;
  const json = JSON.stringify(value, undefined, 2) ?? "undefined";
  return json.replaceAll("\n", "\n  ").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function variableOf(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words.map((word) => (word[0]?.toUpperCase() ?? "") + word.slice(1)).join("");
  return /^[A-Za-z]/.test(joined) ? joined : `Service${joined}`;
}
