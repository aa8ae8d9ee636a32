/** Dead letters with one cause: the actions for them, and a row for each. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { DeadLetterGroup, DeadLetterRow } from "../view/message-view.ts";
import { ago, amount, size } from "../view/show-time.ts";
import { Cell, type Column, Table } from "./table.ts";

interface GroupProps {
  readonly group: DeadLetterGroup;
  readonly mayChange: boolean;
  /** The keys of the selected dead letters, also of those in other groups. */
  readonly selected: ReadonlySet<string>;
  select(keys: ReadonlySet<string>): void;
  open(key: string): void;
  replay(keys: readonly string[]): void;
  change(keys: readonly string[]): void;
  remove(keys: readonly string[]): void;
}

const shownRows = 50;

export function Group({ group, mayChange, selected, select, open, ...actions }: GroupProps): VNode {
  const { entries, reason, errorClass, errorCode, errorMessage, service, handler } = group;
  const [whole, setWhole] = useState(false);
  const chosen: ReadonlySet<string> = new Set(entries.map(({ key }) => key).filter((key) => selected.has(key)));
  const choose = (key: string): void => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    select(next);
  };
  const title = errorClass === undefined ? reason : `${errorClass}${errorCode === undefined ? "" : ` [${errorCode}]`}`;
  const columns: readonly Column[] = [
    ...(mayChange ? [{ title: "Select", isUnseen: true }] : []),
    { title: "Failed" },
    { title: "Routing key" },
    { title: "Message id" },
    { title: "Attempts", isNumber: true },
    { title: "Size", isNumber: true },
    { title: "Replays", isNumber: true },
  ];
  return html`
    <section class="group" aria-label=${`${title}, ${entries.length}`}>
      <div class="group-head">
        <h2><span class="big">${amount(entries.length)}</span> ${title}</h2>
        ${errorMessage !== undefined && html`<p class="cause">${errorMessage}</p>`}
        <p class="quiet">${reason}${handler !== undefined && html`, in <code>${service ?? "?"}.${handler}</code>`}</p>
        ${mayChange && html`<${Actions} entries=${entries} chosen=${chosen} ...${actions} />`}
      </div>
      <${Table} label=${`Dead letters with ${title}`} columns=${columns}>
        ${(whole ? entries : entries.slice(0, shownRows)).map(
          (row) =>
            html`<${Row} key=${row.key} row=${row} chosen=${mayChange ? chosen.has(row.key) : undefined} choose=${choose} open=${open} />`,
        )}
      <//>
      ${!whole && entries.length > shownRows && html`<button type="button" class="plain" onClick=${() => setWhole(true)}>Show all ${amount(entries.length)}</button>`}
    </section>
  `;
}

interface ActionsProps extends Pick<GroupProps, "replay" | "change" | "remove"> {
  readonly entries: readonly DeadLetterRow[];
  readonly chosen: ReadonlySet<string>;
}

/** The actions apply to the selected dead letters, or to the whole group if none is selected. */
function Actions({ entries, chosen, replay, change, remove }: ActionsProps): VNode {
  const meant = chosen.size === 0 ? entries : entries.filter(({ key }) => chosen.has(key));
  const keys = meant.map(({ key }) => key);
  const replayable = meant.filter((row) => row.replayable).map(({ key }) => key);
  const which = (count: number): string => (chosen.size === 0 ? these(count) : `${amount(count)} selected`);
  const none = replayable.length === 0;
  return html`
    <div class="actions">
      <button type="button" disabled=${none} onClick=${() => replay(replayable)}>Replay ${which(replayable.length)}</button>
      <button type="button" disabled=${none} onClick=${() => change(replayable)}>Edit and replay ${which(replayable.length)}</button>
      <button type="button" class="risky" onClick=${() => remove(keys)}>Delete ${which(keys.length)}</button>
    </div>
  `;
}

function these(count: number): string {
  return count === 1 ? "this one" : `these ${amount(count)}`;
}

interface RowProps {
  readonly row: DeadLetterRow;
  /** Whether the row is selected; undefined if rows cannot be selected. */
  readonly chosen: boolean | undefined;
  choose(key: string): void;
  open(key: string): void;
}

function Row({
  row: { key, id, failedAt, attempts, routingKey, bytes, replays },
  chosen,
  choose,
  open,
}: RowProps): VNode {
  const name = routingKey ?? "unknown key";
  return html`
    <tr role="row">
      ${
        chosen !== undefined &&
        html`<${Cell} class="choose"><input type="checkbox" aria-label=${`Select ${name}, ${id ?? key}`} checked=${chosen} onChange=${() => choose(key)} /><//>`
      }
      <${Cell} of="Failed" class="when">${failedAt === undefined ? "unknown" : ago(failedAt, Date.now())}<//>
      <${Cell} class="lead"><button type="button" class="link mono" title=${name} onClick=${() => open(key)}>${name}</button><//>
      <${Cell} of="Message id" class="mono id"><${MessageId} id=${id} /><//>
      <${Cell} of="Attempts" class="number">${attempts ?? ""}<//>
      <${Cell} of="Size" class="number">${size(bytes)}<//>
      <${Cell} of="Replays" class="number">${replays || ""}<//>
    </tr>
  `;
}

/** An id of this package has two parts, and messages of one sender share the first: that part is cut first. Copied, it is the whole id. */
function MessageId({ id }: { readonly id: string | undefined }): VNode {
  const [, sender, rest] = /^([^.]{20,})(\.[^.]{20,})$/.exec(id ?? "") ?? [];
  if (sender === undefined) return html`<span title=${id}>${id ?? "none"}</span>`;
  return html`<span title=${id}><span class="sender">${sender}</span>${rest}</span>`;
}
