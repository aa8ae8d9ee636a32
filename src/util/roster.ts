/**
 * A set of members that are added and removed with every message.
 *
 * A Map or Set would do the same and cost several times as much: after a few hundred deletions V8 makes a new table, and the old
 * table keeps a pointer to it. When one of these tables is in the old generation, garbage collection keeps all later tables with
 * everything in them (docs/decisions/0051).
 */

/** A member knows its place, so that it is found without a search. */
export interface Placed {
  /** Only for the roster; -1 outside of a roster. A member is in one roster at a time. */
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

  /** All current members, in no order; they may leave during the iteration. */
  all(): readonly Member[] {
    return [...this.#members];
  }
}
