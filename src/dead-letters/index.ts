/** The face of the dead-letter browser, for the command line; apart, so that services do not load it. */

export { type DeadLetterAction, DeadLetterBrowser, type EntryResult } from "./dead-letter-browser.ts";
export { type DeadLetterEntry, replayTarget } from "./dead-letter-entry.ts";
export { deadLetterQueuesOf } from "./dead-letter-queues.ts";
export { createEntryFilter, type EntryFilter, globPattern } from "./entry-filter.ts";
