/** The error of a test, with enough detail to find the reason without a second run. */
import { TomodachiError } from "../errors.ts";

/** Something that a test waited for did not happen, or a call of the testing kit is wrong. The `code` says which. */
export class TestingError extends TomodachiError {}
