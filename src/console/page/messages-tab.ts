/** The last messages: those that handlers received, and those that services published. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { MessageRow } from "../view/live-view.ts";
import { amount, duration, size, timeTitle } from "../view/show-time.ts";
import { clock, Empty, OutcomePill } from "./parts.ts";
import { RecordBar } from "./record-bar.ts";
import { Cell, type Column, Table } from "./table.ts";
import type { ViewProps } from "./view-props.ts";

const shownRows = 200;

const columns: readonly Column[] = [
  { title: "Routing key" },
  { title: "Where" },
  { title: "Outcome" },
  { title: "Attempt", isNumber: true },
  { title: "Took", isNumber: true },
  { title: "Size", isNumber: true },
];

export function MessagesTab(props: ViewProps): VNode {
  const { state, open } = props;
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [words, setWords] = useState("");
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [held, setHeld] = useState<readonly MessageRow[] | undefined>();
  const all = held ?? state.messages;
  const rows = all
    .filter((row) => fits(row, words, onlyFailed))
    .slice(-shownRows)
    .reverse();
  const when = timeTitle(state.plan?.mode);
  const shown = [{ title: when }, ...columns];
  const canRecord = state.plan?.mode === "run";
  const choose = (number: number): void => {
    const next = new Set(chosen);
    if (!next.delete(number)) next.add(number);
    setChosen(next);
  };
  return html`
    <div class="tools">
      <label>Find <input type="search" value=${words} placeholder="key, handler, id, error" onInput=${(event: InputEvent) => setWords((event.target as HTMLInputElement).value)} /></label>
      <label class="check"><input type="checkbox" checked=${onlyFailed} onChange=${() => setOnlyFailed(!onlyFailed)} /> Only failed</label>
      <button type="button" aria-pressed=${held !== undefined} onClick=${() => setHeld(held ? undefined : state.messages)}>
        ${held ? "Resume updates" : "Stop updates"}
      </button>
      <span class="quiet">
        ${!held && state.leftOut > 0 && `${amount(state.leftOut)} more in the last half second, too fast for the list`}
      </span>
    </div>
    ${canRecord && html`<${RecordBar} ...${props} chosen=${chosen} clear=${() => setChosen(new Set())} />`}
    ${
      rows.length === 0
        ? html`<${Empty} title=${all.length > 0 ? "No message matches." : canRecord ? "No messages yet." : "No messages since this page was opened."} />`
        : html`
          <${Table} label="The last messages" columns=${canRecord ? [{ title: "Select", isUnseen: true }, ...shown] : shown}>
            ${rows.map((row) => html`<${Row} key=${row.number} row=${row} when=${when} open=${open} chosen=${canRecord ? chosen.has(row.number) : undefined} choose=${choose} />`)}
          <//>
        `
    }
  `;
}

interface RowProps {
  readonly row: MessageRow;
  /** The title of the column of the time. */
  readonly when: string;
  /** Whether the row is selected; undefined if rows cannot be selected. */
  readonly chosen: boolean | undefined;
  choose(number: number): void;
  open(number: number): void;
}

function Row({ row, when, chosen, choose, open }: RowProps): VNode {
  const { number, kind, routingKey, service, handler, exchange } = row;
  const where = kind === "published" ? `from ${service}` : kind === "passing" ? exchange : `${service}.${handler}`;
  return html`
    <tr role="row">
      ${
        chosen !== undefined &&
        html`<${Cell} class="choose">${
          kind === "handled" &&
          html`<input type="checkbox" aria-label=${`Select ${routingKey}, message ${number}, for a test`} checked=${chosen} onChange=${() => choose(number)} />`
        }<//>`
      }
      <${Cell} of=${when} class="when">${clock(row.at)}<//>
      <${Cell} class="lead"><button type="button" class="link mono" title=${routingKey} onClick=${() => open(number)}>${routingKey}</button>
        ${row.error && html`<span class="error-line" title=${row.error}>${row.error}</span>`}<//>
      <${Cell} of="Where">${where}<//>
      <${Cell} of="Outcome" class="outcome"><span><${OutcomePill} outcome=${row.outcome} />${row.isReplay && html` <span class="pill">replay</span>`}</span><//>
      <${Cell} of="Attempt" class="number">${kind === "handled" ? row.attempt : ""}<//>
      <${Cell} of="Took" class="number">${kind === "passing" ? "" : duration(row.ms)}<//>
      <${Cell} of="Size" class="number">${size(row.bytes)}<//>
    </tr>
  `;
}

function fits(row: MessageRow, words: string, onlyFailed: boolean): boolean {
  if (onlyFailed && row.error === undefined) return false;
  if (words === "") return true;
  const { routingKey, service, handler = "", messageId = "", error = "" } = row;
  const text = [routingKey, `${service}.${handler}`, messageId, error].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
