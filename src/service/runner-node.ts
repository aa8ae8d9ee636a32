/** What depends on the version of Node that runs this. */

/**
 * From Node 24 on an AsyncLocalStorage costs a message next to nothing (AsyncContextFrame). Before, it slows every promise of the
 * process: docs/decisions/0153 has the figures.
 */
export const asyncContextByDefault: boolean = Number(process.versions.node.split(".")[0]) >= 24;
