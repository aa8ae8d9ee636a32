/** RabbitMQ's management API, only for reading: it shows what AMQP cannot show. https://www.rabbitmq.com/docs/http-api-reference */
import { hasCode, memberOf, messageOf, textOf } from "../errors.ts";

export interface ManagementSettings {
  /** Such as `http://127.0.0.1:15672`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface ManagementAnswer {
  readonly status: number;
  /** The parsed JSON; undefined if there is none. */
  readonly body: unknown;
  /** The content type without its parameters, such as "text/html". */
  readonly contentType: string;
  /** The clock of the broker's machine, in whole seconds; undefined if the answer does not contain it. */
  readonly date: number | undefined;
  /** The local time in the middle of the request. */
  readonly askedAt: number;
}

const answerMs = 3000;

/** There was no answer, so it says nothing about the broker. */
export class NoManagementAnswer extends Error {}

export class ManagementApi {
  readonly url: string;
  readonly #authorization: string;

  constructor({ url, username, password }: ManagementSettings) {
    this.url = url.replace(/\/+$/, "").replace(/\/api$/, "");
    this.#authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  /** `segments` are encoded and joined, because names may contain slashes. @throws NoManagementAnswer with the reason */
  async get(...segments: readonly string[]): Promise<ManagementAnswer> {
    const path = segments.map(encodeURIComponent).join("/");
    const started = Date.now();
    try {
      const response = await fetch(`${this.url}/api/${path}`, {
        headers: { authorization: this.#authorization, accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(answerMs),
      });
      const text = await response.text();
      const date = Date.parse(response.headers.get("date") ?? "");
      return {
        status: response.status,
        body: parsed(text),
        contentType: (response.headers.get("content-type") ?? "").split(";")[0] ?? "",
        date: Number.isNaN(date) ? undefined : date,
        askedAt: (started + Date.now()) / 2,
      };
    } catch (error) {
      throw new NoManagementAnswer(`${this.url} does not answer (${reasonOf(error)})`, { cause: error });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The error of `fetch` has the real reason in its cause. */
function reasonOf(error: unknown): string {
  if (memberOf(error, "name") === "TimeoutError") return `no answer within ${answerMs / 1000} s`;
  const cause = memberOf(error, "cause") ?? error;
  if (messageOf(cause) === "unexpected redirect") return "it sends to another address; give that one";
  const isUntrusted = certificateCodes.some((code) => hasCode(cause, code));
  const cure = isUntrusted ? "; NODE_EXTRA_CA_CERTS names a file with its certificate authority" : "";
  return `${messageOf(cause) || textOf(memberOf(cause, "code"))}${cure}`;
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCodes = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];
