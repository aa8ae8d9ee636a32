/** What goes wrong in a test, told so that the test need not be run again to know why. */
import { TomodachiError } from "../errors.ts";

/** A test asked for something that did not come, or cannot be. */
export class TestingError extends TomodachiError {}
