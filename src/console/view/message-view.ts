/** An opened message, and dead letters in groups. The page asks for them one at a time. */

import type { JsonSchema } from "./plan-view.ts";

export interface MessageView {
  readonly facts: readonly Fact[];
  readonly body: BodyView;
  readonly headers: readonly Fact[];
  readonly properties: readonly Fact[];
  /** Its history through services and attempts, the first step first. */
  readonly way: readonly Step[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface BodyView {
  readonly bytes: number;
  /** Whether only the beginning is shown. */
  readonly cut: boolean;
  /** The body as text; undefined if it is not UTF-8. */
  readonly text: string | undefined;
  /** The first bytes in hexadecimal, if the body is not text. */
  readonly hex: string | undefined;
  /** What the handler receives, as JSON; undefined if it cannot be read. */
  readonly data: string | undefined;
  /** The verdict of the envelope and the schema. */
  readonly verdict: Verdict;
}

export type Verdict =
  | { readonly kind: "fits"; readonly text: string }
  | { readonly kind: "refused"; readonly text: string; readonly issues: readonly Fact[] }
  | { readonly kind: "unreadable"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

/** One thing that happened to a message. */
export interface Step {
  /** When it happened, in milliseconds since 1970; undefined if that is not known. */
  readonly at: number | undefined;
  /** Whether `at` comes from an AMQP timestamp, which has no milliseconds. */
  readonly isWholeSecond: boolean;
  readonly kind: "published" | "handled" | "failed" | "retry" | "dead-letter" | "replayed" | "broker" | "caused";
  readonly text: string;
  /** More about it, such as an error or a duration. */
  readonly detail: string | undefined;
  /** The number of a message in the list to which this step belongs. */
  readonly message: number | undefined;
}

export interface DeadLetterGroup {
  /** The cause, which is the same for all dead letters of the group. */
  readonly cause: string;
  readonly reason: string;
  readonly errorClass: string | undefined;
  readonly errorCode: string | undefined;
  /** The error message of the newest dead letter. */
  readonly errorMessage: string | undefined;
  readonly service: string | undefined;
  readonly handler: string | undefined;
  readonly entries: readonly DeadLetterRow[];
}

export interface DeadLetterRow {
  /** The name of the dead letter for the page. It is the same after another look into the queue. */
  readonly key: string;
  readonly id: string | undefined;
  readonly failedAt: number | undefined;
  readonly attempts: number | undefined;
  readonly routingKey: string | undefined;
  readonly bytes: number;
  readonly replays: number;
  /** Whether a replay has a target queue. */
  readonly replayable: boolean;
}

/** One dead-letter queue after a look into it. */
export interface DeadLettersView {
  readonly queue: string;
  readonly messages: number;
  /** How many messages were read. */
  readonly looked: number;
  readonly lookedAt: number;
  readonly groups: readonly DeadLetterGroup[];
}

export interface OpenedDeadLetter {
  readonly row: DeadLetterRow;
  readonly error: { readonly title: string; readonly message: string; readonly stack: string } | undefined;
  readonly message: MessageView;
  /** The body for the editor, or the reason why it cannot be edited. */
  readonly editable: EditableBody | { readonly why: string };
}

export interface EditableBody {
  readonly text: string;
  /** The schema of the data; undefined if it is not known, or if the data is not a part of the body. */
  readonly schema: JsonSchema | undefined;
  /** The member of the body that is the data, also without a schema; undefined for the whole body. */
  readonly member: string | undefined;
}

/** The same change in several bodies, checked before it is made. */
export interface ChangesView {
  /** How many bodies then: fit their schema; cannot be checked; are refused; cannot be changed and stay. */
  readonly fits: number;
  readonly unknown: number;
  readonly refused: number;
  readonly unchanged: number;
  /** Why some do not fit, one sentence each. */
  readonly why: readonly string[];
}

export interface ReplayReport {
  /** How many were sent again to the queue in which they failed. */
  readonly replayed: number;
  readonly stayed: number;
  /** Of the replayed messages, as far as it was seen within a second: handled; failed, with a retry to come; dead-lettered again. */
  readonly handled: number;
  readonly retrying: number;
  readonly failedAgain: number;
  /** Why some stayed, one sentence each. */
  readonly problems: readonly string[];
}

export interface RemovalReport {
  readonly removed: number;
  /** Why some were not deleted, one sentence each. */
  readonly problems: readonly string[];
}
