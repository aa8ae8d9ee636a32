/**
 * Who is there at the moment, for members that come and go with every message.
 *
 * A Map or Set would do the same and cost several times as much: with each few hundred deletions V8 makes it a new table, the
 * old table keeps a pointer to the new one, and once one of them is old, garbage collection takes all that follow, with
 * everything in them, for alive (docs/decisions/0051).
 */

/** A member knows its place, so that it is found without a search. */
export interface Placed {
  /** For the roster alone; -1 while it is in none. A member is in one roster at a time. */
  place: number;
}

export class Roster<Member extends Placed> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    member.place = this.#members.push(member) - 1;
  }

  /** False when it was not there. */
  delete(member: Member): boolean {
    const { place } = member;
    if (this.#members[place] !== member) return false;
    const last = this.#members.pop() as Member;
    if (last !== member) {
      this.#members[place] = last;
      last.place = place;
    }
    member.place = -1;
    return true;
  }

  /** All that are there now, in no order; they may leave meanwhile. */
  all(): readonly Member[] {
    return [...this.#members];
  }
}
