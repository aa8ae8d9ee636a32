/** What depends on the version of Node that runs this. */

/** `listen({ reusePort })` came with Node 23.1 and 22.12; before, it counts for nothing, without a word. */
export const knowsReusePort: boolean = isSince(process.versions.node, [22, 12], [23, 1]);

/** Whether a version is at least the one of its major number, or of a later major than all of them. */
function isSince(version: string, ...since: readonly (readonly [major: number, minor: number])[]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const own = since.find(([one]) => one === major);
  return own ? minor >= own[1] : since.every(([one]) => major > one);
}
