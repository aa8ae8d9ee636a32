/** `tomodachi broker`: runs the embedded broker alone, and shows what happens in it. */
import type { Broker } from "../../amqp-broker/broker.ts";
import { isLoopback } from "../../util/loopback.ts";
import { printable } from "../../util/printable.ts";
import { PortTakenError } from "../common/errors.ts";
import { ownFolder, readManifest } from "../common/own-package.ts";
import { defaultBrokerPort } from "../common/run-surroundings.ts";
import { openLogger } from "../loading/open-logger.ts";
import { reportFailure } from "../loading/report-failure.ts";
import { type BrokerSample, summaryLine, tableLines } from "./broker-view.ts";
import { describeListener, isPortTaken, listenOn } from "./dev-broker.ts";
import { peekListener } from "./peek-listener.ts";
import type { BrokerSettings } from "./run-arguments.ts";

/** The shortest time between two views, in milliseconds. Rates are calculated over it. */
const viewMs = 1000;
const stopSignals = ["SIGINT", "SIGTERM"] as const;

/** Runs until it is interrupted, and returns the exit code. */
export async function runBroker(settings: BrokerSettings): Promise<number> {
  const { host, port, logLevel, logForm } = settings;
  const logger = await openLogger(logLevel, logForm);
  let broker: Broker;
  try {
    broker = await listenOn({ host, port, logger });
  } catch (error) {
    reportFailure(await whoElse(error, settings), logForm, logger);
    return 1;
  }
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of stopSignals) process.once(signal, () => resolve());
  });
  process.stdout.write(`${openingLines(broker).map(printable).join("\n")}\n`);
  // A table is redrawn in place, so log lines in between would be lost.
  const isTable = process.stdout.isTTY === true && !logger.isLevelEnabled("debug");
  const endView = isTable ? showTable(broker) : showChanges(broker);
  await interrupted;
  endView();
  await broker.stop();
  return 0;
}

function openingLines({ host, port, url }: Broker): readonly string[] {
  const { version } = readManifest(ownFolder());
  const shownHost = host.includes(":") ? `[${host}]` : host;
  const isFoundAnyway = port === defaultBrokerPort && host === "127.0.0.1";
  return [
    `tomodachi ${version}, embedded broker: for development and tests only, everything in memory`,
    `  listens on ${shownHost}:${port}${isFoundAnyway ? ", where services find it by default" : ""}`,
    `  TOMODACHI_AMQP_URL=${url} sends a service to it`,
    ...(isLoopback(host) ? [] : [`  every client that reaches ${shownHost} can log in, as guest`]),
    "Ctrl+C ends it and deletes all messages.",
    "",
  ];
}

/** Finds out which program has the port. */
async function whoElse(error: unknown, { host, port }: BrokerSettings): Promise<unknown> {
  if (!isPortTaken(error)) return error;
  const listener = await peekListener(host, port);
  listener?.leave();
  return new PortTakenError(
    `The broker cannot listen on ${host}:${port}: ${describeListener(listener)} listens there. Stop that, or take another port: \`tomodachi broker --port ${port === 65_535 ? port - 1 : port + 1}\`.`,
    { cause: error },
  );
}

/** For a terminal: one table, which is redrawn in place. */
function showTable(broker: Broker): () => void {
  const { stdout } = process;
  let drawn: readonly string[] = [];
  return eachView(broker, (now, before) => {
    // A terminal that does not know its size reports 0.
    const lines = tableLines(now, before, { columns: stdout.columns || 80, rows: stdout.rows || 24 });
    if (lines.join("\n") === drawn.join("\n")) return;
    const back = drawn.length > 0 ? `\u001b[${drawn.length}A\u001b[J` : "";
    // Line wrapping is turned off, so that a name with wide characters cannot take two rows.
    stdout.write(`${back}\u001b[?7l${lines.join("\n")}\n\u001b[?7h`);
    drawn = lines;
  });
}

/** For a file or a pipe: a line when something has changed. */
function showChanges(broker: Broker): () => void {
  let written = "";
  return eachView(broker, (now, before) => {
    const line = summaryLine(now, before);
    if (line === written) return;
    written = line;
    process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${line}\n`);
  });
}

/** Calls `view` now, and then once a second. The returned function ends this. */
function eachView(broker: Broker, view: (now: BrokerSample, before: BrokerSample | undefined) => void): () => void {
  let before: BrokerSample | undefined;
  const look = (): void => {
    const now = { at: performance.now(), overview: broker.overview() };
    view(now, before);
    before = now;
  };
  look();
  const timer = setInterval(look, viewMs);
  return () => clearInterval(timer);
}
