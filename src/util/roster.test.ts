/** Members come and go in any order, and each is found. */
import { describe, expect, it } from "vitest";
import { type Placed, Roster } from "./roster.ts";

interface Guest extends Placed {
  readonly name: string;
}

function guest(name: string): Guest {
  return { name, place: -1 };
}

function namesOf(roster: Roster<Guest>): readonly string[] {
  return roster
    .all()
    .map(({ name }) => name)
    .sort();
}

describe("Roster", () => {
  it("has the members that joined and have not left, in any order", () => {
    const guests = Array.from({ length: 50 }, (_, at) => guest(`guest ${at}`));
    const roster = new Roster<Guest>();
    const present = new Set<string>();
    // Each comes, and every so often one goes: the first, the last, one between.
    for (const [at, one] of guests.entries()) {
      roster.add(one);
      present.add(one.name);
      const leaver = guests[(at * 7) % (at + 1)] as Guest;
      if (at % 3 !== 0) expect(roster.delete(leaver)).toBe(present.delete(leaver.name));
      expect(namesOf(roster)).toEqual([...present].sort());
      expect(roster.size).toBe(present.size);
    }
    for (const one of guests) expect(roster.delete(one)).toBe(present.delete(one.name));
    expect(roster.size).toBe(0);
  });

  it("does not have a member that never joined or has left", () => {
    const roster = new Roster<Guest>();
    const [here, gone, stranger] = [guest("here"), guest("gone"), guest("stranger")];
    roster.add(here);
    roster.add(gone);
    roster.delete(gone);
    expect([roster.delete(gone), roster.delete(stranger)]).toEqual([false, false]);
    expect(namesOf(roster)).toEqual(["here"]);
  });

  it("accepts a member that joins again", () => {
    const roster = new Roster<Guest>();
    const one = guest("one");
    for (let round = 0; round < 3; round++) {
      roster.add(one);
      expect(roster.delete(one)).toBe(true);
    }
    roster.add(one);
    expect(namesOf(roster)).toEqual(["one"]);
  });

  it("allows members to leave during an iteration", () => {
    const roster = new Roster<Guest>();
    const guests = ["a", "b", "c"].map(guest);
    for (const one of guests) roster.add(one);
    for (const one of roster.all()) roster.delete(one);
    expect(roster.size).toBe(0);
  });
});
