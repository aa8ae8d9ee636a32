// How long the fault tests are: short in an ordinary run, long in `npm run soak`.

const { SOAK: long, SOAK_SEED: seed } = process.env;

/** True in `npm run soak`. */
const isSoak = long === "1";

/** Where random things begin: the same seed, the same run. */
export const faultSeed: number = Number(seed ?? 1);

/** The first number in an ordinary run, the second in `npm run soak`. */
export function scaled(short: number, soak: number): number {
  return isSoak ? soak : short;
}

/** For the tests that scale, in milliseconds. */
export const faultTimeoutMs: number = scaled(90_000, 900_000);
