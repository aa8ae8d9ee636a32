/** What the watching process and the process with the services say to each other. */

/** From the process with the services. */
export type ChildMessage =
  /** The files are loaded; it starts the services when it is told to. */
  | { readonly tomodachi: "loaded" }
  /** Every handler can receive. A stop takes at most so many seconds. */
  | {
      readonly tomodachi: "ready";
      readonly described: readonly string[];
      readonly stopSeconds: number;
      /** The address of its console; undefined without one. */
      readonly page?: string | undefined;
    }
  /** A line for people. */
  | { readonly tomodachi: "say"; readonly line: string }
  /** The embedded broker, which lives in the watching process. */
  | { readonly tomodachi: "broker"; readonly id: number; readonly act: "hold" | "look"; readonly port: number };

/** From the watching process. */
export type ParentMessage =
  /** It starts its services. Its console opens again at the address that the console of the process before it had. */
  | { readonly tomodachi: "go"; readonly page?: string | undefined }
  | { readonly tomodachi: "stop" }
  | {
      readonly tomodachi: "broker";
      readonly id: number;
      readonly holder: string | undefined;
      /** Who has the port, in words. */
      readonly listener: string;
      /** Why it cannot be held. */
      readonly problem: string | undefined;
    };

/** Other messages on the channel are those of Node, of tsx, and of services. */
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
