/** The bodies that `tomodachi publish` sends: the typed data, a file, or standard input; as a whole, or one message for each line. */
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { messageOf } from "../../errors.ts";
import { UsageError } from "../common/errors.ts";
import type { PublishSettings } from "./publish-arguments.ts";

type Given = Pick<PublishSettings, "data" | "lines" | "count">;

/** On a terminal, asks for the data when the first body is read. @throws UsageError if there is nothing to read */
export function bodiesOf(given: Given, signal: AbortSignal): AsyncIterable<Buffer> | Iterable<Buffer> {
  const { data, lines, count } = given;
  if (lines) return eachLine(streamOf(data), count, signal);
  return repeated(data, count, signal);
}

/** The data is read once, when the first body is needed. */
async function* repeated(data: string, count: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const body = await wholeBody(data, signal);
  for (let number = 0; number < count; number++) yield body;
}

async function wholeBody(data: string, signal: AbortSignal): Promise<Buffer> {
  if (data.startsWith("@")) {
    try {
      return readFileSync(data.slice(1));
    } catch (error) {
      throw unreadable(data, error);
    }
  }
  if (data !== "-") return Buffer.from(data);
  const chunks: Buffer[] = [];
  for await (const chunk of typedInput()) {
    if (signal.aborted) break;
    chunks.push(chunk as Buffer);
  }
  // The line break that a terminal or `echo` adds at the end is not part of the data.
  return Buffer.from(
    Buffer.concat(chunks)
      .toString("latin1")
      .replace(/\r?\n$/, ""),
    "latin1",
  );
}

async function* eachLine(stream: Readable, count: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (signal.aborted) return;
    if (line.trim() === "") continue;
    const body = Buffer.from(line);
    for (let number = 0; number < count; number++) yield body;
  }
}

function typedInput(): Readable {
  if (process.stdin.isTTY === true) process.stderr.write("Type the data, then press Ctrl+D on a new line.\n");
  return process.stdin;
}

function streamOf(data: string): Readable {
  if (data === "-") return typedInput();
  if (!data.startsWith("@")) return Readable.from([data]);
  return Readable.from(linesOfFile(data));
}

async function* linesOfFile(data: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(data.slice(1))) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(data, error);
  }
}

function unreadable(data: string, error: unknown): UsageError {
  const text = `The file "${data.slice(1)}" cannot be read: ${messageOf(error)}. Correct the path. Data that itself begins with @ must come from standard input, with - in its place.`;
  return new UsageError(text, { cause: error });
}
