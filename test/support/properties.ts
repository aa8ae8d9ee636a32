/** fast-check with one seed for all tests: what passes today also passes tomorrow, and a failure comes again. */
import fc from "fast-check";

/** `TOMODACHI_TEST_SEED` is another seed, or "random" to look for new failures. */
const given = process.env["TOMODACHI_TEST_SEED"] ?? "20261130";
if (given !== "random") {
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`TOMODACHI_TEST_SEED must be an integer or "random", but it is "${given}".`);
  }
  fc.configureGlobal({ seed });
}

export default fc;
