/**
 * A body for the page: as text, as its handler receives it, and with the verdict of envelope and schema. Never throws, whatever the body
 * is.
 */
import { isUtf8 } from "node:buffer";
import { messageOf } from "../../errors.ts";
import { issuesOf } from "../../service/schema-error.ts";
import type { StandardSchema } from "../../service/standard-schema.ts";
import { validate } from "../../service/validate.ts";
import { createBodyReader, type EnvelopeUse } from "../../transports/amqp/contracts/read-body.ts";
import { systemClock } from "../../util/clock.ts";
import { within } from "../../util/within.ts";
import type { BodyView, Fact, Verdict } from "../view/message-view.ts";
import { jsonText } from "./json-text.ts";

/** How many bytes are shown of a body, and of one that is not text. */
const shownBytes = 64 * 1024;
const shownHexBytes = 512;
/** How long an async envelope or schema of the user may take, in milliseconds. */
const readMs = 2000;

export interface BodyToShow {
  readonly content: Buffer;
  /** The size of the whole body; `content` may be only its beginning. */
  readonly bytes: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** How messages of a handler are read; undefined if no handler of these services accepts the message. */
export type BodyReading = (EnvelopeUse & { readonly schema: StandardSchema | undefined }) | undefined;

export async function bodyView(body: BodyToShow, reading: BodyReading): Promise<BodyView> {
  const { content, bytes } = body;
  const isText = isUtf8(wholeCharacters(content));
  const read = content.length < bytes ? tooLong(bytes) : await readBody(body, reading);
  return {
    bytes,
    cut: bytes > shownBytes,
    text: isText ? content.toString("utf8", 0, shownBytes) : undefined,
    hex: isText ? undefined : hexLines(content.subarray(0, shownHexBytes)),
    ...read,
  };
}

type Read = Pick<BodyView, "data" | "verdict">;

async function readBody({ content, headers, properties }: BodyToShow, reading: BodyReading): Promise<Read> {
  if (!reading) return withoutReading(content);
  let data: unknown;
  try {
    const parsed = createBodyReader(reading)({ content: Buffer.from(content), headers, properties });
    ({ data } = await limited(parsed));
  } catch (error) {
    return { data: undefined, verdict: { kind: "unreadable", text: messageOf(error) } };
  }
  return { data: jsonText(data), verdict: await judged(data, reading.schema) };
}

/** The verdict of a schema about the data of a message. */
export async function judged(data: unknown, schema: StandardSchema | undefined): Promise<Verdict> {
  if (!schema) return { kind: "unknown", text: "The envelope can read the body. The handler has no schema." };
  const { vendor } = schema["~standard"];
  try {
    await limited(validate(schema, data, "The data"));
    return { kind: "fits", text: `The data fits the schema of the handler (${vendor}).` };
  } catch (error) {
    const issues = (issuesOf(error) ?? []).map(
      (issue): Fact => ({ name: pathText(issue.path), value: String(issue.message) }),
    );
    return { kind: "refused", text: messageOf(error), issues };
  }
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  return (path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".") || "(the data)";
}

function limited<T>(value: T | PromiseLike<T>): Promise<T> {
  const late = (): Error => new Error(`Its envelope or schema gave no answer within ${readMs / 1000} s.`);
  return within(Promise.resolve(value), readMs, systemClock, late);
}

/** JSON is shown as JSON, even if no handler is known. */
function withoutReading(content: Buffer): Read {
  const verdict = { kind: "unknown", text: "No handler of these services receives this message." } as const;
  try {
    return { data: jsonText(JSON.parse(content.toString("utf8"))), verdict };
  } catch {
    return { data: undefined, verdict };
  }
}

function tooLong(bytes: number): Read {
  return {
    data: undefined,
    verdict: {
      kind: "unknown",
      text: `The body is too long to be read here (${bytes} bytes): only its beginning was kept.`,
    },
  };
}

/** Removes a character that was cut at the end. */
function wholeCharacters(content: Buffer): Buffer {
  let end = content.length;
  while (end > 0 && content.length - end < 4 && ((content[end - 1] ?? 0) & 0b1000_0000) !== 0) {
    const isStart = ((content[end - 1] ?? 0) & 0b0100_0000) !== 0;
    end--;
    if (isStart) break;
  }
  return isUtf8(content) ? content : content.subarray(0, end);
}

/** Sixteen bytes on a line: their position, the bytes in hexadecimal, and the ASCII characters. */
function hexLines(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16);
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const ascii = [...part].map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join("\n");
}
