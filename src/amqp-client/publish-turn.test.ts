import { describe, expect, it } from "vitest";
import { PublishTurn } from "./publish-turn.ts";

class Taker {
  inFlight = 0;
  pumped = 0;
  pump(): void {
    this.pumped++;
  }
}

describe("the turn to publish alone", () => {
  it("starts when the others have their answers, and blocks them until it ends", () => {
    const turn = new PublishTurn();
    const [one, other] = [new Taker(), new Taker()];
    for (const taker of [one, other]) turn.join(taker);
    other.inFlight = 2;
    expect(turn.take(one)).toBe(false);
    // From now on the other one sends nothing new.
    expect(turn.heldBesides(other)).toBe(true);
    other.inFlight = 1;
    turn.settled(other);
    expect(one.pumped).toBe(0);
    other.inFlight = 0;
    turn.settled(other);
    expect(one.pumped).toBe(1);
    expect(turn.take(one)).toBe(true);
    expect(turn.take(other)).toBe(false);
    turn.release(one);
    expect(other.pumped).toBe(1);
    expect(turn.heldBesides(other)).toBe(false);
  });

  it("is free again when its holder is closed", () => {
    const turn = new PublishTurn();
    const [one, other] = [new Taker(), new Taker()];
    for (const taker of [one, other]) turn.join(taker);
    expect(turn.take(one)).toBe(true);
    turn.leave(one);
    expect(turn.take(other)).toBe(true);
  });
});
