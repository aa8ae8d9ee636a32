/**
 * A hash table of packed ids with a state each: open addressing in two typed arrays, 17 bytes for each place. A Map with
 * strings needs about ten times as much, and the garbage collector has to visit every entry.
 */
import { randomInt } from "node:crypto";
import { packedWords } from "./packed-id.ts";

/** "running": a handler has the message now. "done": it succeeded. */
export type IdState = "running" | "done";

/** What a place holds. */
const empty = 0;
const running = 1;
const done = 2;

const firstPlaces = 16;
/** The table grows before more than this part of its places is taken: a search then looks at about five of them. */
const fullAt = 2 / 3;

export class IdTable {
  /** Places that hold as many ids as are expected. */
  readonly #expectedPlaces: number;
  readonly #multipliers: Uint32Array = secretMultipliers();
  #words: Uint32Array = new Uint32Array(firstPlaces * packedWords);
  #states: Uint8Array = new Uint8Array(firstPlaces);
  #size = 0;

  /** It grows up to so many ids without waste, and further where more come. */
  constructor(expected: number) {
    this.#expectedPlaces = Math.ceil((expected + 1) / fullAt);
  }

  get size(): number {
    return this.#size;
  }

  /** Memory of its ids. */
  get bytes(): number {
    return this.#words.byteLength + this.#states.byteLength;
  }

  get(id: Uint32Array): IdState | undefined {
    const state = this.#states[this.#placeOf(id, 0)];
    return state === running ? "running" : state === done ? "done" : undefined;
  }

  set(id: Uint32Array, state: IdState): void {
    this.#put(id, 0, state === "running" ? running : done);
  }

  delete(id: Uint32Array): void {
    let place = this.#placeOf(id, 0);
    if (this.#states[place] === empty) return;
    this.#size--;
    // A search ends at an empty place, so what stands behind it moves up, unless that would be before its own first place.
    for (let next = this.#after(place); this.#states[next] !== empty; next = this.#after(next)) {
      const first = this.#firstPlace(this.#words, next * packedWords);
      const stays = place < next ? place < first && first <= next : place < first || first <= next;
      if (stays) continue;
      this.#words.copyWithin(place * packedWords, next * packedWords, (next + 1) * packedWords);
      this.#states[place] = this.#states[next] as number;
      place = next;
    }
    this.#states[place] = empty;
  }

  /** Adds every id of another table that is in this state. */
  takeOver(from: IdTable, state: IdState): void {
    const wanted = state === "running" ? running : done;
    for (let place = from.#states.indexOf(wanted); place >= 0; place = from.#states.indexOf(wanted, place + 1)) {
      this.#put(from.#words, place * packedWords, wanted);
    }
  }

  /** Forgets everything; keeps the memory for what comes next. */
  clear(): void {
    this.#states.fill(empty);
    this.#size = 0;
  }

  #put(words: Uint32Array, at: number, state: number): void {
    let place = this.#placeOf(words, at);
    if (this.#states[place] === empty) {
      this.#size++;
      if (this.#size > this.#states.length * fullAt) {
        this.#grow();
        place = this.#placeOf(words, at);
      }
      for (let word = 0; word < packedWords; word++) {
        this.#words[place * packedWords + word] = words[at + word] as number;
      }
    }
    this.#states[place] = state;
  }

  /** The place of the id, or the empty place where it belongs. */
  #placeOf(words: Uint32Array, at: number): number {
    const own = this.#words;
    let place = this.#firstPlace(words, at);
    while (this.#states[place] !== empty) {
      const start = place * packedWords;
      if (
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
  #firstPlace(words: Uint32Array, at: number): number {
    const factors = this.#multipliers;
    let sum = 0;
    for (let word = 0; word < packedWords; word++) {
      sum = (sum + Math.imul(words[at + word] as number, factors[word] as number)) | 0;
    }
    sum ^= sum >>> 15;
    return Math.floor(((Math.imul(sum, factors[packedWords] as number) >>> 0) / 0x1_0000_0000) * this.#states.length);
  }

  #after(place: number): number {
    return place + 1 === this.#states.length ? 0 : place + 1;
  }

  #grow(): void {
    const words = this.#words;
    const states = this.#states;
    const twice = states.length * 2;
    const places = states.length < this.#expectedPlaces ? Math.min(twice, this.#expectedPlaces) : twice;
    this.#words = new Uint32Array(places * packedWords);
    this.#states = new Uint8Array(places);
    for (let from = 0; from < states.length; from++) {
      const state = states[from] as number;
      if (state === empty) continue;
      const place = this.#placeOf(words, from * packedWords);
      this.#words.set(words.subarray(from * packedWords, (from + 1) * packedWords), place * packedWords);
      this.#states[place] = state;
    }
  }
}

/** Odd numbers, so that none of them loses a bit of what it multiplies. */
function secretMultipliers(): Uint32Array {
  return Uint32Array.from({ length: packedWords + 1 }, () => randomInt(2 ** 31) * 2 + 1);
}
