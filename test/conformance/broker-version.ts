// Which RabbitMQ a broker is or follows, for the few cases whose right answer changed with a release.
/** Whether the version is this release or a later one: `isAtLeast(context.broker, 4, 1)`. */
export function isAtLeast(broker: { readonly version: string }, major: number, minor = 0): boolean {
  const [ownMajor = 0, ownMinor = 0] = broker.version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
