/** The errors of a test, with enough detail to find the reason without a second run. */
import { TomodachiError } from "../errors.ts";

/** A test asked for something that did not come, or cannot be. */
export class TestingError extends TomodachiError {}
