// A logger whose lines a test can read.
import { createLogger, type Logger } from "../../src/log/logger.ts";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export async function capturingLogger(): Promise<{ readonly logger: Logger; readonly lines: LogLine[] }> {
  const lines: LogLine[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text) as LogLine);
  return { logger: await createLogger({ level: "trace", destination: { write } }), lines };
}

/** Warnings and errors, without the messages of a start about the broker's version, which differ between brokers. */
export function warningsOf(lines: readonly LogLine[]): readonly LogLine[] {
  return lines.filter(({ level, msg }) => level >= 40 && !/^RabbitMQ [\d.]+ crashes when/.test(msg));
}
