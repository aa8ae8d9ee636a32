/** Frames made wrong in many ways, the same for the same numbers: food for the codec's tests and for the fuzz. */

/** Gives numbers from 0 up to but not including 1. */
export type Random = () => number;

/** Values at which lengths and counts turn over. */
const edges: readonly number[] = [0, 1, 0x7f, 0x80, 0xff];

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

type Mutation = (bytes: Buffer, random: Random, corpus: readonly Buffer[]) => Buffer;

const mutations: readonly Mutation[] = [
  // One bit.
  (bytes, random) => {
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8));
    return bytes;
  },
  // One byte, at an edge or anywhere.
  (bytes, random) => {
    bytes[below(random, bytes.length)] =
      random() < 0.5 ? (edges[below(random, edges.length)] as number) : below(random, 256);
    return bytes;
  },
  // Four bytes, in the place of a length.
  (bytes, random) => {
    if (bytes.length < 4) return bytes;
    const at = below(random, bytes.length - 3);
    const value = random() < 0.5 ? below(random, 64) : below(random, 2 ** 32);
    bytes.writeUInt32BE(value, at);
    return bytes;
  },
  // Shorter.
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  // Some bytes missing.
  (bytes, random) => {
    const at = below(random, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 8))]);
  },
  // Some bytes more.
  (bytes, random) => {
    const at = below(random, bytes.length);
    const more = Buffer.from(Array.from({ length: 1 + below(random, 8) }, () => below(random, 256)));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  // The beginning of one frame and the end of another.
  (bytes, random, corpus) => {
    const other = corpus[below(random, corpus.length)] as Buffer;
    return Buffer.concat([bytes.subarray(0, below(random, bytes.length)), other.subarray(below(random, other.length))]);
  },
  // Another type or another channel.
  (bytes, random) => {
    if (bytes.length < 3) return bytes;
    if (random() < 0.5) bytes[0] = 1 + below(random, 9);
    else bytes.writeUInt16BE(random() < 0.5 ? below(random, 3) : below(random, 65_536), 1);
    return bytes;
  },
  // Another method of any class.
  (bytes, random) => {
    if (bytes.length < 11) return bytes;
    bytes.writeUInt16BE(10 * below(random, 10), 7);
    bytes.writeUInt16BE(10 * below(random, 13) + below(random, 2), 9);
    return bytes;
  },
];

/** The frame's own size and end set right again, so that what is wrong lies deeper. */
function mend(bytes: Buffer): Buffer {
  if (bytes.length < 8) return bytes;
  bytes.writeUInt32BE(bytes.length - 8, 3);
  bytes[bytes.length - 1] = 0xce;
  return bytes;
}

/** One to three mutations of a frame of the corpus, which stays as it is; half of them in a frame that is whole outside. */
export function mutatedFrame(random: Random, corpus: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(corpus[below(random, corpus.length)] as Buffer);
  const count = 1 + below(random, 3);
  for (let round = 0; round < count && bytes.length > 0; round++) {
    const mutation = mutations[below(random, mutations.length)] as Mutation;
    bytes = Buffer.from(mutation(bytes, random, corpus));
  }
  return random() < 0.5 ? mend(bytes) : bytes;
}
