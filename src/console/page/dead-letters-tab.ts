/** Dead letters: the queues, and in each what failed, grouped by cause. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { DeadLetterGroup, DeadLetterRow, DeadLettersView } from "../view/message-view.ts";
import { ago, amount, counted, size } from "../view/show-time.ts";
import type { Change, Edit } from "./api.ts";
import { ChangeSheet } from "./change-sheet.ts";
import { DeadLetterSheet } from "./dead-letter-sheet.ts";
import { Empty, messageIn, Sheet, useAnswer } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

export function DeadLettersTab(props: ViewProps): VNode {
  const { state, detail, go } = props;
  const queues = queuesOf(props);
  // A queue by its name may be one that is consumed: it is looked into only when that is asked for.
  const first = queues.find(({ messages, isNamed }) => messages > 0 && !isNamed);
  const queue = queues.find(({ name }) => name === detail)?.name ?? first?.name;
  const shown = queues.filter(({ messages, name }) => messages > 0 || name === queue);
  if (shown.length === 0) {
    return html`<${Empty} title="There are no dead letters.">
      ${Object.keys(state.live?.queues ?? {}).length === 0 ? "The broker has not been asked yet." : "Every message was handled, or still waits for a handler."}
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
        ? html`<${Empty} title="Choose a queue to look into it.">A look takes its messages and puts them back.<//>`
        : html`<${Queue} key=${queue} ...${props} queue=${queue} />`
    }
  `;
}

interface ListedQueue {
  readonly name: string;
  readonly messages: number;
  /** Given by its name: it may be a queue of another kind. */
  readonly isNamed: boolean;
}

/** Those of today first, then those of earlier names and the one for lost retries, then queues that were named. */
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
  const { api, queue, state, say } = props;
  const { value, error, again } = useAnswer(() => api.deadLetters(queue), [queue]);
  const [opened, setOpened] = useState<string | undefined>();
  const [asked, setAsked] = useState<Wanted | undefined>();
  const [changing, setChanging] = useState<Wanted | undefined>();
  const mayChange = state.plan?.mayChange === true;
  const standing = state.live?.queues[queue]?.messages ?? 0;
  const replay = async (keys: readonly string[] | undefined, edit: Edit = {}): Promise<void> => {
    try {
      const { replayed, stayed, problems } = await api.replay(queue, keys, edit);
      const text = `${counted(replayed, "message")} replayed${stayed > 0 ? `, ${amount(stayed)} stayed` : ""}.`;
      say([text, ...problems].join(" "), problems.length > 0 ? "bad" : "good");
    } catch (failure) {
      say(messageIn(failure), "bad");
    }
    setOpened(undefined);
    setAsked(undefined);
    setChanging(undefined);
    again();
  };
  if (error !== undefined) return html`<p class="verdict bad">${error}</p>`;
  if (!value) return html`<p class="quiet">Looking into the queue …</p>`;
  return html`
    <div class="tools">
      <p class="quiet">
        Looked ${ago(value.lookedAt, Date.now())} at ${value.looked} of ${counted(value.messages, "message")}.
        ${standing !== value.messages && html` <b>Now there are ${amount(standing)}.</b>`}
      </p>
      <button type="button" onClick=${again}>Look again</button>
      ${
        mayChange &&
        value.messages > 0 &&
        html`<button type="button" onClick=${() => setAsked("all")}>Replay all ${amount(value.messages)}</button>
          <button type="button" onClick=${() => setChanging("all")}>Edit and replay all</button>`
      }
    </div>
    ${value.groups.length === 0 && html`<${Empty} title="This queue is empty." />`}
    ${value.groups.map(
      (group) =>
        html`<${Group} key=${group.cause} group=${group} mayChange=${mayChange} open=${setOpened} replay=${setAsked} change=${setChanging} />`,
    )}
    ${
      opened !== undefined &&
      html`<${DeadLetterSheet} ...${props} entryKey=${opened} close=${() => setOpened(undefined)} replay=${(key: string, body?: string) => replay([key], body === undefined ? {} : { body })} />`
    }
    ${
      changing !== undefined &&
      html`<${ChangeSheet} ...${props} keys=${keysOf(changing)} count=${countOf(changing, value.messages)} first=${firstOf(changing, value)}
        close=${() => setChanging(undefined)} replay=${(changes: readonly Change[]) => replay(keysOf(changing), { changes })} />`
    }
    ${
      asked !== undefined &&
      html`<${Confirm} count=${countOf(asked, value.messages)} close=${() => setAsked(undefined)}
        confirm=${() => replay(keysOf(asked))} />`
    }
  `;
}

/** Dead letters by their keys, or the whole queue. */
type Wanted = readonly string[] | "all";

function keysOf(wanted: Wanted): readonly string[] | undefined {
  return wanted === "all" ? undefined : wanted;
}

function countOf(wanted: Wanted, all: number): number {
  return wanted === "all" ? all : wanted.length;
}

/** The one whose members the form names. */
function firstOf(wanted: Wanted, { groups }: DeadLettersView): string | undefined {
  return wanted === "all" ? groups[0]?.entries[0]?.key : wanted[0];
}

interface GroupProps {
  readonly group: DeadLetterGroup;
  readonly mayChange: boolean;
  open(key: string): void;
  replay(keys: readonly string[]): void;
  change(keys: readonly string[]): void;
}

const shownRows = 50;

function Group({ group, mayChange, open, replay, change }: GroupProps): VNode {
  const { entries, reason, errorClass, errorCode, errorMessage, service, handler } = group;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState(false);
  useEffect(() => setChosen(new Set()), [entries]);
  const all = entries.filter(({ replayable }) => replayable).map(({ key }) => key);
  const choose = (key: string): void => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  const title = errorClass === undefined ? reason : `${errorClass}${errorCode === undefined ? "" : ` [${errorCode}]`}`;
  return html`
    <section class="group" aria-label=${`${title}, ${entries.length}`}>
      <div class="group-head">
        <h2><span class="big">${amount(entries.length)}</span> ${title}</h2>
        <p class="cause">${errorMessage ?? ""}</p>
        <p class="quiet">${reason}${handler !== undefined && html`, in <code>${service ?? "?"}.${handler}</code>`}</p>
        ${
          mayChange &&
          html`<div class="actions">
          <button type="button" disabled=${chosen.size === 0} onClick=${() => replay([...chosen])}>Replay ${chosen.size === 0 ? "chosen" : `${chosen.size} chosen`}</button>
          <button type="button" disabled=${all.length === 0} onClick=${() => replay(all)}>Replay ${these(all.length)}</button>
          <button type="button" disabled=${all.length === 0} onClick=${() => change(chosen.size === 0 ? all : [...chosen])}>
            Edit and replay ${chosen.size === 0 ? these(all.length) : `${chosen.size} chosen`}
          </button>
        </div>`
        }
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label=${`Dead letters with ${title}`}>
        <table class="rows">
          <thead>
            <tr>
              ${mayChange && html`<th scope="col"><span class="unseen">Choose</span></th>`}
              <th scope="col">Failed</th><th scope="col">Routing key</th><th scope="col">Message id</th>
              <th scope="col" class="number">Attempts</th><th scope="col" class="number">Size</th><th scope="col" class="number">Replays</th>
            </tr>
          </thead>
          <tbody>
            ${(whole ? entries : entries.slice(0, shownRows)).map((row) => html`<${Row} key=${row.key} row=${row} chosen=${mayChange ? chosen.has(row.key) : undefined} choose=${choose} open=${open} />`)}
          </tbody>
        </table>
      </div>
      ${!whole && entries.length > shownRows && html`<button type="button" class="plain" onClick=${() => setWhole(true)}>Show all ${amount(entries.length)}</button>`}
    </section>
  `;
}

function these(count: number): string {
  return count === 1 ? "this one" : `these ${amount(count)}`;
}

interface RowProps {
  readonly row: DeadLetterRow;
  /** Undefined where nothing can be chosen. */
  readonly chosen: boolean | undefined;
  choose(key: string): void;
  open(key: string): void;
}

function Row({
  row: { key, id, failedAt, attempts, routingKey, bytes, replays, replayable },
  chosen,
  choose,
  open,
}: RowProps): VNode {
  const name = routingKey ?? "unknown key";
  return html`
    <tr>
      ${
        chosen !== undefined &&
        html`<td><input type="checkbox" aria-label=${`Choose ${name}, ${id ?? key}`} disabled=${!replayable} checked=${chosen} onChange=${() => choose(key)} /></td>`
      }
      <td>${failedAt === undefined ? "unknown" : ago(failedAt, Date.now())}</td>
      <td><button type="button" class="link mono" onClick=${() => open(key)}>${name}</button></td>
      <td class="mono cut">${id ?? "none"}</td>
      <td class="number">${attempts ?? ""}</td><td class="number">${size(bytes)}</td><td class="number">${replays || ""}</td>
    </tr>
  `;
}

function Confirm({
  count,
  close,
  confirm,
}: {
  readonly count: number;
  close(): void;
  confirm(): Promise<void>;
}): VNode {
  const [busy, setBusy] = useState(false);
  return html`
    <${Sheet} narrow title=${`Replay ${counted(count, "message")}?`} close=${close}>
      <p>Each goes back to the queue in which it failed, and its handler runs again. What fails once more comes back here.</p>
      <div class="actions">
        <button type="button" class="main" disabled=${busy} onClick=${() => {
          setBusy(true);
          void confirm();
        }}>${busy ? "Replaying …" : `Replay ${amount(count)}`}</button>
        <button type="button" onClick=${close}>Cancel</button>
      </div>
    <//>
  `;
}
