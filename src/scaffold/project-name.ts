/** Names in new projects: of the package, the service and its class. */

/** A valid npm package name without a scope, which is also valid as the name of a compose service. */
const packageName = /^[a-z0-9][a-z0-9-]{0,60}$/;

/** Why a word cannot be the name of a project; undefined if it can. */
export function nameProblem(name: string): string | undefined {
  if (packageName.test(name) && !name.endsWith("-")) return undefined;
  return "a name must have only small letters, digits and hyphens, begin with a letter or digit, and have at most 61 characters";
}

/** A valid name that is similar to this one; undefined if there is none. */
export function similarName(word: string): string | undefined {
  const name = word
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 61);
  return nameProblem(name) === undefined ? name : undefined;
}

/** `order-desk` becomes `OrderDesk`. A class cannot begin with a digit. */
export function serviceClassName(name: string): string {
  const words = name.split("-").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  const joined = words.join("");
  return /^\d/.test(joined) ? `Service${joined}` : joined;
}
