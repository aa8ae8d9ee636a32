/** The face of the dead-letter browser, for the command line; apart, so that services do not load it. */

export { type DeadLetterAction, DeadLetterBrowser, type EditedBody, type EntryResult } from "./dead-letter-browser.ts";
export { type DeadLetterEntry, deadLetterEntryOf, replayTarget } from "./dead-letter-entry.ts";
export { deadLetterQueuesOf } from "./dead-letter-queues.ts";
export { createEntryFilter, type EntryFilter, globPattern } from "./entry-filter.ts";
export { type KeptEntry, keptLine, readKeptLine } from "./kept-entry.ts";
