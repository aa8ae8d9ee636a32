// Joins what tsc wrote into dist/ into few files, so that a start reads some ten files and not two hundred and fifty.
// Entry points keep their paths, and declarations stay as they are.
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { rollup } from "rollup";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const joined = join(root, "dist.joined");

/** The target file of a folder's modules. A module without a row goes where it is used, or into its own file when several use it. */
const files = [
  ["base", ["errors.js", "util/", "log/"]],
  ["wire", ["amqp-wire/"]],
  [
    "service",
    [
      "service/",
      "amqp-client/",
      "transports/amqp/",
      "transports/schedule/",
      "cluster-schedules/",
      "envelopes/",
      // The rest of HTTP is loaded only by a service that uses it.
      "transports/http/definition.js",
      "transports/http/http-error.js",
    ],
  ],
];
/** Loaded only by a service that uses it. */
const apart = [
  "envelopes/cloudevents/",
  "envelopes/protobuf/",
  "log/pino-logger.js",
  "log/console-stream.js",
  "cluster-schedules/schedule-board.js",
  "cluster-schedules/service-schedules.js",
];

function fileOf(path) {
  const inDist = relative(dist, path).split(sep).join("/");
  if (apart.some((start) => inDist.startsWith(start))) return undefined;
  return files.find(([, starts]) => starts.some((start) => inDist.startsWith(start)))?.[0];
}

/** What package.json names: each subpath, and the command. */
function entryPoints() {
  const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const faces = Object.values(exports).flatMap(({ default: path }) => path ?? []);
  // The process with the services of a watched run is started by its path.
  const paths = [...faces, ...Object.values(bin), "dist/cli/watched-run.js"].map((path) => join(root, path));
  return Object.fromEntries(paths.map((path) => [relative(dist, path).replace(/\.js$/u, ""), path]));
}

const bundle = await rollup({
  input: entryPoints(),
  // tsc's helpers say `this && this.__…`, which is harmless.
  onLog: (level, log, handler) => log.code === "THIS_IS_UNDEFINED" || handler(level, log),
  external: (id) => !id.startsWith(".") && !id.startsWith(root),
});
await bundle.write({
  dir: joined,
  format: "es",
  entryFileNames: "[name].js",
  chunkFileNames: "chunks/[name]-[hash].js",
  manualChunks: fileOf,
  onlyExplicitManualChunks: true,
  hoistTransitiveImports: false,
  plugins: [
    {
      name: "no comments",
      renderChunk: async (code) => (await transform(code, { format: "esm", target: "node20.19" })).code,
    },
  ],
});
await bundle.close();
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (file.endsWith(".js")) rmSync(join(dist, file));
}
cpSync(joined, dist, { recursive: true });
rmSync(joined, { recursive: true });
// In a clone, npx starts the file itself. npm makes it executable only once.
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const path of Object.values(bin)) chmodSync(join(root, path), 0o755);
