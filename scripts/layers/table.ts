// Who may import whom, as data. A room is a folder of src/, one folder under transports/, or a file beside them.

export interface Row {
  /** Rooms, or files where they differ from their room. */
  readonly of: readonly string[];
  /** Rooms, or files with `*` for one segment. A room may always import itself. */
  readonly may: readonly string[];
  readonly note?: string;
}

/** The first row that names a file, or else its room, holds for it. */
export const rows: readonly Row[] = [
  { of: ["util", "errors.ts"], may: [] },
  { of: ["log"], may: ["errors.ts"] },
  { of: ["amqp-wire"], may: ["errors.ts"] },
  {
    of: ["amqp-client"],
    may: ["amqp-wire", "errors.ts", "log", "util"],
    note: "never amqp-broker: every test of the client also runs on RabbitMQ, so a bug of the shared codec cannot hide",
  },
  { of: ["amqp-broker"], may: ["amqp-wire", "errors.ts", "log", "util"], note: "never amqp-client" },
  { of: ["service"], may: ["errors.ts", "log", "util"], note: "never amqp-*, transports, envelopes" },
  { of: ["envelopes"], may: ["service", "util", "errors.ts"] },
  { of: ["transports/amqp"], may: ["service", "amqp-client", "util", "log", "errors.ts"] },
  {
    of: ["transports/http", "transports/schedule", "transports/aws-sns-sqs"],
    may: ["service", "util", "log", "errors.ts"],
  },
  {
    of: ["testing"],
    may: ["service", "amqp-broker", "amqp-client", "transports/amqp/index.ts", "log", "util", "errors.ts"],
    note: "a test publishes as the service does, through its face",
  },
  {
    of: ["cli/dlq*.ts", "cli/doctor.ts", "cli/migrate*.ts", "cli/publish.ts", "cli/tail.ts"],
    may: [
      "cli",
      "service",
      "log",
      "util",
      "errors.ts",
      "amqp-broker",
      "transports/amqp/index.ts",
      "transports/amqp/desk/index.ts",
      "amqp-client",
    ],
  },
  {
    of: ["cli"],
    may: ["service", "log", "util", "errors.ts", "amqp-broker"],
    note: "running a service never needs a transport: decorators bring them along",
  },
  {
    of: ["index.ts"],
    may: [
      "*/index.ts",
      "transports/*/index.ts",
      "transports/*/options.ts",
      "options.ts",
      "service",
      "errors.ts",
      "log",
      "util/clock.ts",
    ],
    note: "the faces, and option types",
  },
  {
    of: ["options.ts"],
    may: ["*/index.ts", "transports/*/index.ts", "transports/*/options.ts", "service", "errors.ts", "log"],
    note: "the faces, and option types",
  },
];

/** Besides index.ts files, these may import a transport's index.ts. */
export const importersOfTransportFaces: readonly string[] = [
  "options.ts",
  "testing",
  "cli/dlq*.ts",
  "cli/doctor.ts",
  "cli/migrate*.ts",
  "cli/publish.ts",
  "cli/tail.ts",
];

/** Which room each run-time dependency belongs to. */
export const owners: Readonly<Record<string, string>> = {
  pino: "log",
  "pino-pretty": "log",
  "@bufbuild/protobuf": "envelopes",
  tsx: "cli",
};

/** What only some files may use. */
export const sockets: readonly string[] = [
  "amqp-client/session/socket.ts",
  "amqp-broker/broker.ts",
  "amqp-broker/connection.ts",
  "cli/peek-listener.ts",
  "testing/fault-proxy.ts",
];
export const tlsTypes: readonly string[] = ["amqp-client"];
export const processUsers: readonly string[] = ["cli", "service/runner*.ts"];
export const consoleUsers: readonly string[] = ["log"];
export const stateHolders: readonly string[] = ["service/running-services.ts", "service/registry.ts"];

export const maximumLines = 300;

/** Folders of src/ that hold rooms instead of being one. */
const wings: readonly string[] = ["transports"];

/** The room of a path from `src/` on. */
export function roomOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return wings.includes(first) ? `${first}/${second}` : first;
}

export function rowOf(path: string): Row | undefined {
  return (
    rows.find((row) => row.of.some((place) => place === path || (place.includes("*") && isIn(path, [place])))) ??
    rows.find((row) => row.of.includes(roomOf(path)))
  );
}

/** Whether a path is, or lies in, one of the places: a room, a file, or a file with `*` for a part of a segment. */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => {
    if (!place.includes("*")) return path === place || path.startsWith(`${place}/`);
    const parts = place.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join("[^/]*")}$`).test(path);
  });
}
