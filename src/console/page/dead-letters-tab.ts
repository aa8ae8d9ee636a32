/** Dead letters: the queues, and the failures in each queue, grouped by cause. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { DeadLettersView } from "../view/message-view.ts";
import { ago, amount, counted } from "../view/show-time.ts";
import type { Change, Edit } from "./api.ts";
import { ChangeSheet } from "./change-sheet.ts";
import { Confirm } from "./confirm.ts";
import { Group } from "./dead-letter-group.ts";
import { type ActionReport, removalText, replayText } from "./dead-letter-report.ts";
import { DeadLetterSheet } from "./dead-letter-sheet.ts";
import { Empty, messageIn, useAnswer } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

export function DeadLettersTab(props: ViewProps): VNode {
  const { state, detail, go } = props;
  const queues = queuesOf(props);
  // A queue that was given by name may have a consumer, so the page looks into it only when the user asks for it.
  const first = queues.find(({ messages, isNamed }) => messages > 0 && !isNamed);
  const queue = queues.find(({ name }) => name === detail)?.name ?? first?.name;
  const shown = queues.filter(({ messages, name }) => messages > 0 || name === queue);
  if (shown.length === 0) {
    return html`<${Empty} title="There are no dead letters.">
      ${Object.keys(state.live?.queues ?? {}).length === 0 ? "The console has not asked the broker yet." : "No message has used all its attempts."}
    <//>`;
  }
  return html`
    <ul class="tabs" aria-label="Dead-letter queues">
      ${shown.map(
        ({ name, messages }) => html`
          <li>
            <button type="button" aria-pressed=${name === queue} onClick=${() => go(`dead-letters/${encodeURIComponent(name)}`)}>
              <code>${name}</code> <span class="count">${amount(messages)}</span>
            </button>
          </li>
        `,
      )}
    </ul>
    ${
      queue === undefined
        ? html`<${Empty} title="Select a queue to see its messages.">To show them, the console takes the messages and puts them back.<//>`
        : html`<${Queue} key=${queue} ...${props} queue=${queue} />`
    }
  `;
}

interface ListedQueue {
  readonly name: string;
  readonly messages: number;
  /** Whether it was given by name. It may be a queue of another kind. */
  readonly isNamed: boolean;
}

/** First the current queues, then those with former names and the queue for lost retries, then queues that were given by name. */
function queuesOf({ state: { plan, live } }: ViewProps): readonly ListedQueue[] {
  const own = new Set(plan?.subscriptions.map(({ deadLetterQueue }) => deadLetterQueue));
  const others = Object.keys(live?.queues ?? {}).filter((name) => name.endsWith(".dlq") && !own.has(name));
  const named = plan?.subscriptions.filter(({ service }) => service === "").map(({ queue }) => queue) ?? [];
  const listed = (name: string, isNamed: boolean): ListedQueue => {
    return { name, messages: live?.queues[name]?.messages ?? 0, isNamed };
  };
  return [
    ...[...own, ...others].map((name) => listed(name, false)),
    ...named.filter((name) => !own.has(name)).map((name) => listed(name, true)),
  ];
}

function Queue(props: ViewProps & { readonly queue: string }): VNode {
  const { api, queue, state, say, counted: tell } = props;
  const { value, error, again } = useAnswer(
    () => api.deadLetters(queue),
    [queue],
    ({ messages }) => tell(queue, messages),
  );
  const [sheet, setSheet] = useState<OpenSheet | undefined>();
  // A new look keeps the selection: keys stay the same, also of messages that the broker has not put back yet.
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const mayChange = state.plan?.mayChange === true;
  const standing = state.live?.queues[queue]?.messages ?? 0;
  const close = (): void => setSheet(undefined);
  const act = async (work: () => Promise<ActionReport>): Promise<void> => {
    try {
      const { text, kind } = await work();
      say(text, kind);
    } catch (failure) {
      say(messageIn(failure), "bad");
    }
    close();
    setSelected(new Set());
    again();
  };
  const replay = (wanted: Wanted, edit: Edit = {}): Promise<void> =>
    act(async () => replayText(await api.replay(queue, keysOf(wanted), edit)));
  const remove = (keys: readonly string[]): Promise<void> =>
    act(async () => removalText(await api.remove(queue, keys)));
  if (error !== undefined) return html`<p class="verdict bad">${error}</p>`;
  if (!value) return html`<p class="quiet">Looking into the queue …</p>`;
  const all = value.messages;
  return html`
    <div class="tools">
      <p class="quiet">
        Looked ${ago(value.lookedAt, Date.now())} at ${value.looked} of ${counted(all, "message")}.
        ${standing !== all && html` <b>Now it has ${amount(standing)}.</b>`}
      </p>
      <button type="button" onClick=${again}>Look again</button>
      ${
        mayChange &&
        all > 0 &&
        html`<button type="button" onClick=${() => setSheet({ kind: "replay", wanted: "all" })}>Replay all ${amount(all)}</button>
          <button type="button" onClick=${() => setSheet({ kind: "change", wanted: "all" })}>Edit and replay all</button>`
      }
    </div>
    ${value.groups.length === 0 && html`<${Empty} title="This queue is empty." />`}
    ${value.groups.map(
      (group) =>
        html`<${Group} key=${group.cause} group=${group} mayChange=${mayChange} selected=${selected} select=${setSelected}
          open=${(key: string) => setSheet({ kind: "open", key })}
          replay=${(wanted: Wanted) => setSheet({ kind: "replay", wanted })}
          change=${(wanted: Wanted) => setSheet({ kind: "change", wanted })}
          remove=${(keys: readonly string[]) => setSheet({ kind: "remove", keys })} />`,
    )}
    ${
      sheet?.kind === "open" &&
      html`<${DeadLetterSheet} ...${props} entryKey=${sheet.key} close=${close}
        replay=${(key: string, body?: string) => replay([key], body === undefined ? {} : { body })}
        remove=${(key: string) => setSheet({ kind: "remove", keys: [key] })} />`
    }
    ${
      sheet?.kind === "change" &&
      html`<${ChangeSheet} ...${props} keys=${keysOf(sheet.wanted)} count=${countOf(sheet.wanted, all)} first=${firstOf(sheet.wanted, value)}
        close=${close} replay=${(changes: readonly Change[]) => replay(sheet.wanted, { changes })} />`
    }
    ${sheet?.kind === "replay" && html`<${ConfirmReplay} count=${countOf(sheet.wanted, all)} close=${close} confirm=${() => replay(sheet.wanted)} />`}
    ${sheet?.kind === "remove" && html`<${ConfirmRemoval} queue=${queue} count=${sheet.keys.length} close=${close} confirm=${() => remove(sheet.keys)} />`}
  `;
}

/** The open sheet above the page. */
type OpenSheet =
  | { readonly kind: "open"; readonly key: string }
  | { readonly kind: "replay" | "change"; readonly wanted: Wanted }
  | { readonly kind: "remove"; readonly keys: readonly string[] };

/** Dead letters by their keys, or the whole queue. */
type Wanted = readonly string[] | "all";

function keysOf(wanted: Wanted): readonly string[] | undefined {
  return wanted === "all" ? undefined : wanted;
}

function countOf(wanted: Wanted, all: number): number {
  return wanted === "all" ? all : wanted.length;
}

/** The dead letter whose members the form suggests. */
function firstOf(wanted: Wanted, { groups }: DeadLettersView): string | undefined {
  return wanted === "all" ? groups[0]?.entries[0]?.key : wanted[0];
}

interface QuestionProps {
  readonly count: number;
  close(): void;
  confirm(): Promise<void>;
}

function ConfirmReplay({ count, close, confirm }: QuestionProps): VNode {
  return html`
    <${Confirm} title=${`Replay ${counted(count, "message")}?`} action=${`Replay ${amount(count)}`} doing="Replaying …" close=${close} confirm=${confirm}>
      <p>Each goes back to the queue in which it failed, and its handler runs again. A message that fails again comes back here.</p>
    <//>
  `;
}

function ConfirmRemoval({ queue, count, close, confirm }: QuestionProps & { readonly queue: string }): VNode {
  return html`
    <${Confirm} isDanger title=${`Delete ${counted(count, "message")}?`} action=${`Delete ${amount(count)}`} doing="Deleting …" close=${close} confirm=${confirm}>
      <p>
        ${count === 1 ? "It is" : "They are"} removed from <code>${queue}</code>. This cannot be undone.
        To keep a copy, run <code>tomodachi dlq export</code> first.
      </p>
    <//>
  `;
}
