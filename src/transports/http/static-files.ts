/** Serves the files of a folder, for `@httpStatic`. */
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { SendOptions, send as sendFunction } from "@fastify/send";
import { hasCode } from "../../errors.ts";
import { refuseProblems, ServiceError } from "../../service/errors.ts";
import { type FieldChecks, fieldProblems, flag } from "../../util/check-fields.ts";
import { type Duration, durationWithin, parseDuration } from "../../util/duration.ts";
import { HttpError } from "./http-error.ts";
import type { IgnoreLogging } from "./open-request.ts";
import { type HttpPath, pathPattern } from "./path.ts";
import type { ResolvedHttp } from "./resolve-options.ts";
import { type HttpTrigger, ignoreLoggingCheck, type ResolvedRoute, withPrefix } from "./route-options.ts";
import type { HttpRequest } from "./route-types.ts";

/** The options of `@httpStatic`. */
export interface HttpStaticOptions {
  /**
   * How long a client may use its copy of a file without asking again. @default 0: it asks each time, and gets 304 for an unchanged file
   */
  readonly maxAge?: Duration | undefined;
  /** true: tells clients that a file with this name never changes. @default false */
  readonly immutable?: boolean | undefined;
  /** true: `index.html` is the answer for a folder. false: the answer is 404. @default false */
  readonly index?: boolean | undefined;
  /** Which requests the access log leaves out: true for all, or a list of statuses. @default false: none */
  readonly ignoreLogging?: IgnoreLogging | undefined;
}

const checks: FieldChecks = {
  maxAge: durationWithin(0, 31_536_000_000),
  immutable: flag,
  index: flag,
  ignoreLogging: ignoreLoggingCheck,
};

type StaticTrigger = Extract<HttpTrigger, { readonly kind: "static" }>;

export class StaticFiles {
  readonly route: ResolvedRoute;
  readonly #folder: string;
  readonly #sendOptions: SendOptions;
  readonly #label: string;
  #root = "";
  #send: typeof sendFunction | undefined;

  /** @throws ConfigurationError for a wrong folder, path or option */
  constructor({ folder, path, options: given }: StaticTrigger, service: ResolvedHttp, label: string) {
    const options = (given ?? {}) as HttpStaticOptions;
    const folderProblem = problemOfFolder(folder);
    const pathProblem = problemOfPath(path);
    const said = [folderProblem, pathProblem].flatMap((one) => (one === undefined ? [] : [one]));
    refuseProblems(label, [...said, ...fieldProblems(options, "options", checks)]);
    this.#label = label;
    this.#folder = resolve(
      folder instanceof URL || /^file:/.test(String(folder)) ? fileURLToPath(folder as URL) : String(folder),
    );
    this.route = fileRoute(path as HttpPath, options.ignoreLogging ?? false, service, label);
    const maxAge = parseDuration(options.maxAge ?? 0) ?? 0;
    const index = options.index ? ["index.html"] : false;
    this.#sendOptions = { dotfiles: "ignore", index, maxAge, immutable: options.immutable ?? false };
  }

  /** @throws ServiceError ERR_HTTP_STATIC if the folder does not exist */
  async open(): Promise<void> {
    try {
      this.#root = await realpath(this.#folder);
      if (!(await stat(this.#root)).isDirectory()) throw new TypeError("it is a file");
    } catch (error) {
      const problem = hasCode(error, "ENOENT") ? "does not exist" : `cannot be read: ${(error as Error).message}`;
      throw new ServiceError(
        "ERR_HTTP_STATIC",
        `${this.#label}: the folder "${this.#folder}" ${problem}. Create it, or use another folder.`,
        { cause: error },
      );
    }
    const { send } = await import("@fastify/send");
    this.#send = send;
  }

  /** The answer for a request: the file, 304, 206, or an HttpError. */
  async answer(given: unknown): Promise<unknown> {
    const request = given as HttpRequest;
    const name = request.params["filename"] ?? request.params["*"] ?? "";
    const decoded = decodedPath(name);
    if (decoded === undefined || !(await this.#isInside(decoded))) throw new HttpError(404);
    const send = this.#send as typeof sendFunction;
    const { statusCode, headers, stream, type } = await send(
      request.raw,
      encodeURI(`/${decoded}`).replace(/[?#]/g, encodeURIComponent),
      {
        ...this.#sendOptions,
        root: this.#root,
      },
    );
    if (type === "file") return { status: statusCode, headers, body: stream };
    stream.destroy();
    // 403 would reveal that the folder exists.
    if (type === "directory" || statusCode < 400 || statusCode === 403) throw new HttpError(404);
    throw new HttpError(statusCode, undefined, { headers: rangeOf(headers) });
  }

  /** Links may lead out of the folder, and a name may have a meaning on Windows. A file that does not exist is left to `send`. */
  async #isInside(name: string): Promise<boolean> {
    if (/[\\\0]/.test(name) || name.split("/").includes("..")) return false;
    const path = resolve(this.#root, `./${name}`);
    const real = await realpath(path).catch(() => path);
    const between = relative(this.#root, real);
    return between === "" || (between !== ".." && !between.startsWith(`..${sep}`) && !isAbsolute(between));
  }
}

/** A GET route, which also answers HEAD, for every name below the path. */
function fileRoute(given: HttpPath, ignoreLogging: IgnoreLogging, service: ResolvedHttp, label: string): ResolvedRoute {
  const path = withPrefix(service.prefix, typeof given === "string" ? `${given.replace(/\/$/, "")}/*` : given);
  const { bodyLimit, timeoutSeconds } = service;
  const openapi = { summary: "Files" };
  const limits = { bodyLimit, timeoutSeconds, rawBody: false, ignoreLogging, openapi };
  return { methods: ["GET"], path, pattern: pathPattern(path, label), schema: {}, ...limits };
}

/** Fastify has decoded the name once. It is not decoded again, so that `%252e%252e` stays a name. */
function decodedPath(name: string): string | undefined {
  return name.startsWith("/") ? undefined : name;
}

function rangeOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const range = headers["Content-Range"] ?? headers["content-range"];
  return range === undefined ? {} : { "content-range": range };
}

function problemOfFolder(folder: unknown): string | undefined {
  if (folder instanceof URL)
    return folder.protocol === "file:" ? undefined : "the folder must be a file: URL, or a path.";
  if (typeof folder !== "string" || folder === "") return "the folder must be a path, or a file: URL.";
  return resolve(folder) === resolve("/")
    ? "the folder is the root of the file system: every file would be served."
    : undefined;
}

function problemOfPath(path: unknown): string | undefined {
  if (path instanceof RegExp)
    return /\(\?<filename>/.test(path.source) ? undefined : "a RegExp needs a group (?<filename>...).";
  if (typeof path !== "string" || !path.startsWith("/")) return 'the path must begin with "/".';
  return /[:*?#]/.test(path) ? "the path must be the beginning of paths, without parameters." : undefined;
}
