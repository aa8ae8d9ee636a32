/** What kind of error something thrown is, in a word. */

/** The name of its class; the type's name for what is no object. */
export function classNameOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  const name: unknown = error.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}

/** The class and, where there is one, the code: a lost connection and a full disk are both an `Error` to Node. */
export function errorClassOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && code !== "" ? `${classNameOf(error)} ${code}` : classNameOf(error);
}
