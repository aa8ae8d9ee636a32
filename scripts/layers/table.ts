// Who may import whom, as data. A room is a folder of src/ with the files in it; a folder in it is a room of its own.

export interface Row {
  /** Rooms, or files where they differ from their room. */
  readonly of: readonly string[];
  /** Rooms, or files with `*` for one segment. A room may always import itself. */
  readonly may: readonly string[];
  readonly note?: string;
}

/** The rooms of the AMQP transport: each may import those above it in this list. */
const amqpRooms: readonly string[] = [
  "names",
  "contracts",
  "options",
  "topology",
  "outbound",
  "processing",
  "settlement",
  "consuming",
].map((room) => `transports/amqp/${room}`);

const belowAmqp: readonly string[] = ["service", "amqp-client", "util", "log", "errors.ts"];

/** The commands of the command line, and what each may import besides its own. */
const commandRooms: readonly string[] = [
  "completion",
  "config",
  "console",
  "describe",
  "dlq",
  "doctor",
  "messages",
  "migrate",
  "new",
  "record",
  "run",
  "schedule",
  "topology",
  "trace",
].map((room) => `cli/${room}`);
const belowCommands: readonly string[] = [
  "cli/common",
  "cli/options",
  "cli/loading",
  "service",
  "log",
  "util",
  "errors.ts",
];

/** The first row that names a file, or else its room, holds for it. */
export const rows: readonly Row[] = [
  { of: ["util", "errors.ts"], may: [] },
  { of: ["log"], may: ["util", "errors.ts"] },
  { of: ["amqp-wire"], may: ["errors.ts"] },
  { of: ["amqp-client/errors.ts"], may: ["errors.ts"] },
  { of: ["amqp-client/session"], may: ["amqp-wire", "errors.ts", "amqp-client/errors.ts", "log", "util"] },
  {
    of: ["amqp-client"],
    may: ["amqp-client/session", "amqp-client/errors.ts", "amqp-wire", "errors.ts", "log", "util"],
    note: "never amqp-broker: every test of the client also runs on RabbitMQ, so a fault of the shared codec is found",
  },
  { of: ["amqp-broker/errors.ts", "amqp-broker/type-names.ts"], may: ["amqp-wire", "errors.ts"] },
  {
    of: ["amqp-broker/exchanges"],
    may: ["amqp-broker/errors.ts", "amqp-broker/type-names.ts", "amqp-wire", "errors.ts", "util"],
  },
  {
    of: ["amqp-broker"],
    may: [
      "amqp-broker/exchanges",
      "amqp-broker/errors.ts",
      "amqp-broker/type-names.ts",
      "amqp-wire",
      "errors.ts",
      "log",
      "util",
    ],
    note: "never amqp-client",
  },
  { of: ["service"], may: ["errors.ts", "log", "util"], note: "never amqp-*, transports, envelopes" },
  { of: ["envelopes"], may: ["service", "util", "errors.ts"] },
  { of: ["envelopes/cloudevents", "envelopes/protobuf"], may: ["envelopes", "service", "util", "errors.ts"] },
  ...amqpRooms.map((room, at) => ({ of: [room], may: [...belowAmqp, ...amqpRooms.slice(0, at)] })),
  { of: ["transports/amqp"], may: [...belowAmqp, ...amqpRooms] },
  {
    of: ["transports/schedule"],
    may: [
      ...[
        "context",
        "decorator",
        "errors",
        "handler",
        "handler-run",
        "handler-runner",
        "health",
        "middleware",
        "open-work",
        "transport",
      ].map((file) => `service/${file}.ts`),
      "util",
      "log",
      "errors.ts",
    ],
    note: "of `service` only what a user's own transport can use",
  },
  {
    of: ["transports/http/websocket"],
    may: ["service", "util", "errors.ts"],
    note: "one connection; it knows no routes",
  },
  {
    of: ["transports/http/openapi"],
    may: ["service", "errors.ts"],
    note: "the document; it knows no server",
  },
  {
    of: ["transports/http"],
    may: ["transports/http/openapi", "transports/http/websocket", "service", "util", "log", "errors.ts"],
  },
  {
    of: ["cluster-schedules"],
    may: [
      ...belowAmqp,
      "transports/amqp/names",
      "transports/amqp/contracts",
      "transports/amqp/options",
      "transports/amqp/transport.ts",
      "transports/amqp/broker-transport.ts",
      "transports/amqp/service-plans.ts",
      "transports/schedule",
    ],
    note: "a schedule that runs once for all instances uses both transports",
  },
  { of: ["telemetry"], may: ["telemetry/metrics", "service", "log", "util", "errors.ts"] },
  {
    of: ["dead-letters"],
    may: [
      ...belowAmqp,
      "transports/amqp/names",
      "transports/amqp/options",
      "transports/amqp/settlement",
      "transports/amqp/service-plans.ts",
    ],
    note: "a service never loads it",
  },
  { of: ["telemetry/metrics"], may: ["service", "log", "util", "errors.ts"] },
  { of: ["operations"], may: ["telemetry", "telemetry/metrics", "service", "log", "util", "errors.ts"] },
  { of: ["console/view"], may: [], note: "used by the page and by the process" },
  {
    of: ["console/page"],
    may: ["console/view", "delivery-trace/match-key.ts"],
    note: "runs in a browser; bundled into one file",
  },
  {
    of: ["console/run"],
    may: ["console/view", "service", "transports/amqp/names", "log", "util", "errors.ts"],
    note: "watches a run from inside",
  },
  {
    of: ["console/broker"],
    may: [
      "console/view",
      "service",
      "amqp-client",
      "dead-letters/index.ts",
      "transports/amqp/names",
      "transports/amqp/contracts",
      "transports/amqp/options",
      "transports/amqp/topology",
      "transports/amqp/outbound",
      "transports/amqp/service-plans.ts",
      "log",
      "util",
      "errors.ts",
    ],
    note: "reads and changes a broker from outside",
  },
  {
    of: ["console/recording"],
    may: [
      "console/run",
      "console/broker",
      "console/view",
      "service",
      "dead-letters/index.ts",
      "transports/amqp/names",
      "transports/amqp/contracts",
      "transports/amqp/options",
      "errors.ts",
    ],
    note: "messages become a file of tests",
  },
  {
    of: ["console"],
    may: [
      "console/view",
      "console/run",
      "console/broker",
      "console/recording",
      "amqp-client",
      "operations/token.ts",
      "service",
      "log",
      "util",
      "errors.ts",
    ],
    note: "never console/page: it is a file that is served",
  },
  {
    of: ["topology-export"],
    may: [
      "service",
      "amqp-client",
      "log",
      "errors.ts",
      "transports/amqp/names",
      "transports/amqp/options",
      "transports/amqp/topology",
      "transports/amqp/service-plans.ts",
    ],
    note: "a service never loads it",
  },
  { of: ["scaffold"], may: ["errors.ts"], note: "files of new projects; no other room is needed for them" },
  { of: ["hot-reload"], may: ["util", "errors.ts"], note: "the command line starts the processes" },
  {
    of: ["configuration"],
    may: [
      "service",
      "amqp-client",
      "log",
      "util",
      "errors.ts",
      "transports/amqp/options",
      "transports/http/resolve-options.ts",
    ],
    note: "a service never loads it",
  },
  {
    of: ["messages"],
    may: [
      "service",
      "amqp-client",
      "envelopes",
      "envelopes/cloudevents",
      "log",
      "util",
      "errors.ts",
      "transports/amqp/names",
      "transports/amqp/contracts",
      "transports/amqp/options",
      "transports/amqp/outbound",
      "transports/amqp/processing",
      "transports/amqp/service-plans.ts",
    ],
    note: "a service never loads it",
  },
  {
    of: ["description"],
    may: [
      "service",
      "amqp-client",
      "log",
      "util",
      "errors.ts",
      "transports/amqp/names",
      "transports/amqp/options",
      "transports/amqp/topology",
      "transports/amqp/service-plans.ts",
      "transports/http/described-http.ts",
      "cluster-schedules/service-schedules.ts",
    ],
    note: "a service never loads it",
  },
  {
    of: ["doctor"],
    may: [
      "service",
      "amqp-client",
      "log",
      "util",
      "errors.ts",
      "transports/amqp/names",
      "transports/amqp/options",
      "transports/amqp/topology",
      "transports/amqp/service-plans.ts",
    ],
    note: "a service never loads it",
  },
  {
    of: ["delivery-trace"],
    may: [
      "service",
      "amqp-client",
      "log",
      "util",
      "errors.ts",
      "transports/amqp/names",
      "transports/amqp/options",
      "transports/amqp/service-plans.ts",
      "doctor/ask.ts",
      "doctor/harmless-questions.ts",
      "doctor/management-api.ts",
      "doctor/open-management.ts",
    ],
    note: "a service never loads it",
  },
  {
    of: ["testing"],
    may: [
      "service",
      "amqp-broker",
      "amqp-client",
      "transports/amqp/index.ts",
      "transports/http/index.ts",
      "telemetry",
      "log",
      "util",
      "errors.ts",
    ],
    note: "a test publishes as a service does, through index.ts",
  },
  {
    of: ["run-services.ts"],
    may: ["operations", "telemetry", "service", "log", "util", "errors.ts"],
    note: "what the public runServices() and the command line have in common",
  },
  { of: ["cli/common"], may: ["service", "log", "util", "errors.ts"] },
  {
    of: ["cli/options"],
    may: ["cli/common", "hot-reload", "scaffold", "log", "util", "errors.ts"],
    note: "what each command takes, as data",
  },
  {
    of: ["cli/loading"],
    may: ["cli/common", "cli/options", "service", "log", "util", "errors.ts", "console/recording/redact.ts"],
    note: "the services that a command is about",
  },
  {
    of: ["cli/run"],
    may: [
      ...belowCommands,
      "run-services.ts",
      "hot-reload",
      "amqp-broker",
      "console/run-console.ts",
      "console/run/log-lines.ts",
    ],
    note: "running a service never needs a transport: decorators load them",
  },
  { of: ["cli/config"], may: [...belowCommands, "cli/run", "configuration"] },
  { of: ["cli/console"], may: [...belowCommands, "cli/run", "console/broker-console.ts"] },
  {
    of: ["cli/record"],
    may: [...belowCommands, "messages", "console/recorder.ts", "console/recording/recordable.ts"],
  },
  { of: ["cli/completion"], may: belowCommands },
  { of: ["cli/new"], may: [...belowCommands, "scaffold"] },
  { of: ["cli/describe"], may: [...belowCommands, "description/index.ts"] },
  { of: ["cli/doctor"], may: [...belowCommands, "cli/run", "amqp-client", "doctor/index.ts"] },
  { of: ["cli/trace"], may: [...belowCommands, "cli/doctor", "delivery-trace/index.ts"] },
  { of: ["cli/topology"], may: [...belowCommands, "topology-export/index.ts"] },
  { of: ["cli/schedule"], may: [...belowCommands, "cluster-schedules/index.ts"] },
  {
    of: ["cli/dlq", "cli/migrate"],
    may: [
      ...belowCommands,
      "amqp-broker",
      "transports/amqp/index.ts",
      "transports/amqp/python-queues.ts",
      "dead-letters/index.ts",
      "amqp-client",
    ],
  },
  { of: ["cli/messages"], may: [...belowCommands, "cli/dlq", "amqp-client", "messages"] },
  { of: ["cli"], may: [...belowCommands, ...commandRooms], note: "finds the command, and starts it" },
  {
    of: ["index.ts"],
    may: [
      "*/index.ts",
      "transports/*/index.ts",
      "transports/*/options/options.ts",
      "options.ts",
      "run-services.ts",
      "service",
      "errors.ts",
      "log",
      "util/clock.ts",
    ],
    note: "the public exports, and option types",
  },
  {
    of: ["options.ts"],
    may: ["*/index.ts", "transports/*/index.ts", "transports/*/options/options.ts", "service", "errors.ts", "log"],
    note: "the public exports, and option types",
  },
];

/** Besides index.ts files, these may import the index.ts of a transport or of the dead letters. */
export const importersOfTransportFaces: readonly string[] = [
  "options.ts",
  "testing",
  "console/broker",
  "console/recording",
  "cli/dlq",
  "cli/migrate",
  "cli/describe",
  "cli/doctor",
  "cli/trace",
  "cli/topology",
  "cli/schedule",
  "cli/messages",
  "cli/record",
];

/** Which room each run-time dependency belongs to. */
export const owners: Readonly<Record<string, string>> = {
  pino: "log",
  "pino-pretty": "log",
  "@bufbuild/protobuf": "envelopes/protobuf",
  tsx: "cli/loading",
  croner: "transports/schedule",
  fastify: "transports/http",
  "@fastify/send": "transports/http",
  ws: "transports/http/websocket",
  "@opentelemetry/api": "telemetry",
  preact: "console/page",
  htm: "console/page",
};

/** What only some files may use. */
export const sockets: readonly string[] = [
  "amqp-client/session/socket.ts",
  "amqp-broker/broker.ts",
  "amqp-broker/client-socket.ts",
  "amqp-broker/connection.ts",
  "cli/run/peek-listener.ts",
  "console/console-server.ts",
  "console/door.ts",
  "testing/fault-proxy.ts",
  "transports/http/client-connections.ts",
  "transports/http/fastify-app.ts",
  "transports/http/server.ts",
  "transports/http/tls.ts",
];
export const tlsTypes: readonly string[] = ["amqp-client"];
export const processUsers: readonly string[] = ["cli", "service/runner*.ts"];
export const consoleUsers: readonly string[] = ["log"];
export const stateHolders: readonly string[] = [
  "service/running-services.ts",
  "service/registry.ts",
  "service/current-context.ts",
];

export const maximumLines = 300;

/** How many other files of src/ one file may import, those of types included. */
export const maximumImports = 12;

/** How many members settings may have that parts hand to each other. */
export const maximumMembers = 10;

/** Whether an interface of this name is handed from part to part. Options that users write end in Options, and are long lists by nature. */
export function isInnerSettings(name: string): boolean {
  return /(?:Settings|Plan|Host|Parts|Scope)$/.test(name) || name.startsWith("Resolved");
}

/** The room of a path from `src/` on: its folder; a file beside the folders, or with its own row, is a room itself. */
export function roomOf(path: string): string {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  return folder === "" || rows.some(({ of }) => of.includes(path)) ? path : folder;
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
