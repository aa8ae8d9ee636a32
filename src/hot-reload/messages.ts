/** The messages between the watching process and the process with the services. */

/** From the process with the services. */
export type ChildMessage =
  /** The files are loaded. The services start after the message "go". */
  | { readonly tomodachi: "loaded" }
  /** Every handler can receive. A stop takes at most this many seconds. */
  | {
      readonly tomodachi: "ready";
      readonly described: readonly string[];
      readonly stopSeconds: number;
      /** The address of its console; undefined if it has none. */
      readonly page?: string | undefined;
    }
  /** A line for people. */
  | { readonly tomodachi: "say"; readonly line: string }
  /** A question about the embedded broker, which lives in the watching process. */
  | { readonly tomodachi: "broker"; readonly id: number; readonly act: "hold" | "look"; readonly port: number };

/** From the watching process. */
export type ParentMessage =
  /** The services may start. The console opens again at this address, which the console of the previous process had. */
  | { readonly tomodachi: "go"; readonly page?: string | undefined }
  | { readonly tomodachi: "stop" }
  | {
      readonly tomodachi: "broker";
      readonly id: number;
      readonly holder: string | undefined;
      /** A description of the program that has the port. */
      readonly listener: string;
      /** Why no broker can listen on the port. */
      readonly problem: string | undefined;
    };

/** Other messages on the channel belong to Node, tsx and the services. */
export function isOurs(message: unknown): message is { readonly tomodachi: string } {
  return typeof message === "object" && message !== null && "tomodachi" in message;
}

/** The files that Node and tsx report as loaded, as paths or URLs; undefined for other messages. */
export function loadedFilesOf(message: unknown): readonly string[] | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { "watch:import": imported, "watch:require": required } = message as Readonly<Record<string, unknown>>;
  const reported = Array.isArray(imported) ? imported : Array.isArray(required) ? required : undefined;
  return reported?.filter((file): file is string => typeof file === "string");
}
