/**
 * A hash table of packed ids with a state each: open addressing in two typed arrays, 17 bytes for each place. A Map with
 * strings needs about ten times as much, and the garbage collector has to visit every entry.
 */
import { randomInt } from "node:crypto";
import { packedWords } from "./packed-id.ts";

/** "running": a handler has the message now. "done": it succeeded. */
export type IdState = "running" | "done";

/** The content of a place: 0 is empty; otherwise its state, and above it six bits of the hash, so that most searches read no other id. */
const empty = 0;
const running = 1;
const done = 2;
const stateBits = 2;
const stateMask = 3;

const firstPlaces = 16;
/** The table grows before more than this part of its places is taken: a search then looks at about five of them. */
const fullAt = 2 / 3;

export class IdTable {
  /** Places that hold as many ids as are expected. */
  readonly #expectedPlaces: number;
  readonly #multipliers: Uint32Array = secretMultipliers();
  #words: Uint32Array = new Uint32Array(firstPlaces * packedWords);
  #marks: Uint8Array = new Uint8Array(firstPlaces);
  #size = 0;

  /** It grows up to this many ids without waste, and further if more come. */
  constructor(expected: number) {
    this.#expectedPlaces = Math.ceil((expected + 1) / fullAt);
  }

  get size(): number {
    return this.#size;
  }

  /** Memory of its ids. */
  get bytes(): number {
    return this.#words.byteLength + this.#marks.byteLength;
  }

  get(id: Uint32Array): IdState | undefined {
    const mark = this.#marks[this.#placeOf(id, 0, this.#hash(id, 0))] as number;
    if (mark === empty) return undefined;
    return (mark & stateMask) === running ? "running" : "done";
  }

  set(id: Uint32Array, state: IdState): void {
    this.#put(id, 0, state === "running" ? running : done);
  }

  delete(id: Uint32Array): void {
    let place = this.#placeOf(id, 0, this.#hash(id, 0));
    if (this.#marks[place] === empty) return;
    this.#size--;
    // A search ends at an empty place, so the entries behind it move up, unless that would be before its own first place.
    for (let next = this.#after(place); this.#marks[next] !== empty; next = this.#after(next)) {
      const first = this.#firstPlace(this.#hash(this.#words, next * packedWords));
      const stays = place < next ? place < first && first <= next : place < first || first <= next;
      if (stays) continue;
      this.#words.copyWithin(place * packedWords, next * packedWords, (next + 1) * packedWords);
      this.#marks[place] = this.#marks[next] as number;
      place = next;
    }
    this.#marks[place] = empty;
  }

  /** Adds every id of another table that is in this state. */
  takeOver(from: IdTable, state: IdState): void {
    const wanted = state === "running" ? running : done;
    for (const [place, mark] of from.#marks.entries()) {
      if ((mark & stateMask) === wanted) this.#put(from.#words, place * packedWords, wanted);
    }
  }

  /** Forgets everything; keeps the memory for what comes next. */
  clear(): void {
    this.#marks.fill(empty);
    this.#size = 0;
  }

  #put(words: Uint32Array, at: number, state: number): void {
    const hash = this.#hash(words, at);
    let place = this.#placeOf(words, at, hash);
    if (this.#marks[place] === empty) {
      this.#size++;
      if (this.#size > this.#marks.length * fullAt) {
        this.#grow();
        place = this.#placeOf(words, at, hash);
      }
      for (let word = 0; word < packedWords; word++) {
        this.#words[place * packedWords + word] = words[at + word] as number;
      }
    }
    this.#marks[place] = tagOf(hash) | state;
  }

  /** The place of the id, or the empty place where it belongs. */
  #placeOf(words: Uint32Array, at: number, hash: number): number {
    const own = this.#words;
    const tag = tagOf(hash);
    let place = this.#firstPlace(hash);
    for (let mark = this.#marks[place] as number; mark !== empty; mark = this.#marks[place] as number) {
      const start = place * packedWords;
      if (
        (mark & ~stateMask) === tag &&
        own[start] === words[at] &&
        own[start + 1] === words[at + 1] &&
        own[start + 2] === words[at + 2] &&
        own[start + 3] === words[at + 3]
      ) {
        return place;
      }
      place = this.#after(place);
    }
    return place;
  }

  /** A sum with secret factors: a sender cannot choose ids that all fall on one place. */
  #hash(words: Uint32Array, at: number): number {
    const factors = this.#multipliers;
    let sum = 0;
    for (let word = 0; word < packedWords; word++) {
      sum = (sum + Math.imul(words[at + word] as number, factors[word] as number)) | 0;
    }
    return Math.imul(sum ^ (sum >>> 15), factors[packedWords] as number) >>> 0;
  }

  #firstPlace(hash: number): number {
    return Math.floor((hash / 0x1_0000_0000) * this.#marks.length);
  }

  #after(place: number): number {
    return place + 1 === this.#marks.length ? 0 : place + 1;
  }

  #grow(): void {
    const words = this.#words;
    const marks = this.#marks;
    const twice = marks.length * 2;
    const places = marks.length < this.#expectedPlaces ? Math.min(twice, this.#expectedPlaces) : twice;
    this.#words = new Uint32Array(places * packedWords);
    this.#marks = new Uint8Array(places);
    for (let from = 0; from < marks.length; from++) {
      const mark = marks[from] as number;
      if (mark === empty) continue;
      const start = from * packedWords;
      const place = this.#placeOf(words, start, this.#hash(words, start));
      for (let word = 0; word < packedWords; word++) {
        this.#words[place * packedWords + word] = words[start + word] as number;
      }
      this.#marks[place] = mark;
    }
  }
}

/** The lowest bits of a hash; its highest choose the place. */
function tagOf(hash: number): number {
  return (hash << stateBits) & 0xff;
}

/** Odd numbers, so that none of them loses a bit of what it multiplies. */
function secretMultipliers(): Uint32Array {
  return Uint32Array.from({ length: packedWords + 1 }, () => randomInt(2 ** 31) * 2 + 1);
}
