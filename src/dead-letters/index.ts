/** The face of the dead-letter desk, for the command line; apart, so that services do not load it. */

export { DeadLetterDesk, type DeskAction, type DeskWork, type LetterResult } from "./dead-letter-desk.ts";
export { deadLetterQueuesOf, type ServiceDeadLetters } from "./dead-letter-queues.ts";
export { type Letter, replayTarget } from "./letter.ts";
export { createLetterFilter, globPattern, type LetterFilter } from "./letter-filter.ts";
