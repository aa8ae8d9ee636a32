/** The same change in several dead letters before a replay: members get another value, or are removed. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { ChangesView } from "../view/message-view.ts";
import { amount, counted } from "../view/show-time.ts";
import type { Change } from "./api.ts";
import { messageIn, Sheet, useAnswer } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

interface ChangeSheetProps extends ViewProps {
  readonly queue: string;
  /** The keys of the dead letters; undefined for all in the queue. */
  readonly keys: readonly string[] | undefined;
  readonly count: number;
  /** One of the dead letters, whose members are suggested. */
  readonly first: string | undefined;
  close(): void;
  replay(changes: readonly Change[]): Promise<void>;
}

interface Row {
  readonly path: string;
  readonly value: string;
  readonly removes: boolean;
}

const emptyRow: Row = { path: "", value: "", removes: false };
/** The most members that are suggested, and the deepest level at which they are searched. */
const mostMembers = 100;
const deepest = 5;

export function ChangeSheet({ api, queue, keys, count, first, close, replay }: ChangeSheetProps): VNode {
  const [rows, setRows] = useState<readonly Row[]>([emptyRow]);
  const [judged, setJudged] = useState<ChangesView | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const sample = useAnswer(
    () => (first === undefined ? Promise.resolve(undefined) : api.deadLetter(queue, first)),
    [first],
  );
  const body = sample.value && "text" in sample.value.editable ? sample.value.editable.text : "";
  const setRow = (at: number, row: Row): void => {
    setRows(rows.map((one, index) => (index === at ? row : one)));
    setJudged(undefined);
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    setBusy(true);
    try {
      const changes = rows.filter(({ path }) => path.trim() !== "").map(changeOf);
      if (changes.length === 0) throw new Error("Enter the member that you want to change.");
      if (judged) await replay(changes);
      else setJudged(await api.checkChanges(queue, keys, changes));
    } catch (error) {
      setProblem(messageIn(error));
    }
    setBusy(false);
  };
  return html`
    <${Sheet} title=${`Edit and replay ${counted(count, "message")}`} close=${close}>
      <form onSubmit=${send}>
        <p>The same change is made in each body. A message in which it cannot be made stays in the queue.</p>
        <datalist id="members">${membersOf(body).map((path) => html`<option value=${path} />`)}</datalist>
        ${rows.map((row, at) => html`<${ChangeRow} row=${row} at=${at} change=${(next: Row) => setRow(at, next)} />`)}
        <div class="actions"><button type="button" onClick=${() => setRows([...rows, emptyRow])}>Change another member</button></div>
        ${judged && html`<${Judgement} judged=${judged} added=${addedMembers(rows, body)} />`}
        ${problem !== undefined && html`<p class="verdict bad" role="alert">${problem}</p>`}
        <div class="actions">
          <button type="submit" class="main" disabled=${busy}>${judged ? `Replay ${amount(count)}${judged.refused > 0 ? " anyway" : ""}` : "Check"}</button>
          <button type="button" onClick=${close}>Cancel</button>
        </div>
      </form>
    <//>
  `;
}

function ChangeRow({ row, at, change }: { readonly row: Row; readonly at: number; change(row: Row): void }): VNode {
  const typed = (event: Event): string => (event.target as HTMLInputElement).value;
  return html`
    <fieldset>
      <legend>Change ${at + 1}</legend>
      <div class="field">
        <label for=${`path.${at}`}>Member</label>
        <input id=${`path.${at}`} type="text" list="members" spellcheck=${false} autocomplete="off" placeholder="data.total" value=${row.path} onInput=${(event: Event) => change({ ...row, path: typed(event) })} />
      </div>
      <div class="field">
        <label for=${`value.${at}`}>New value</label>
        <input id=${`value.${at}`} type="text" spellcheck=${false} autocomplete="off" disabled=${row.removes} placeholder=${'42, "text", true, null'} value=${row.value} onInput=${(event: Event) => change({ ...row, value: typed(event) })} />
        <span class="hint">JSON. Other text becomes a string</span>
      </div>
      <label class="check"><input type="checkbox" checked=${row.removes} onChange=${() => change({ ...row, removes: !row.removes })} /> Remove the member</label>
    </fieldset>
  `;
}

interface JudgementProps {
  readonly judged: ChangesView;
  readonly added: readonly string[];
}

function Judgement({ judged, added }: JudgementProps): VNode {
  const { fits, unknown, refused, unchanged, why } = judged;
  const tone = refused + unchanged > 0 ? "bad" : unknown + added.length > 0 ? "" : "good";
  const parts = [
    ...added.map((path) => `The message that you see has no member ${path}: it will be added.`),
    fits > 0 && `${counted(fits, "message")} will fit the schema.`,
    unknown > 0 && `No schema checks ${counted(unknown, "message")}, so the change was not checked.`,
    refused > 0 && `${counted(refused, "message")} would still be refused, and fail again.`,
    unchanged > 0 && `${counted(unchanged, "message")} cannot be changed, and will stay.`,
  ].filter((part) => part !== false);
  return html`
    <div class=${`verdict ${tone}`} role="alert">
      ${parts.map((part) => html`<p>${part}</p>`)}
      ${why.length > 0 && html`<ul>${why.map((one) => html`<li>${one}</li>`)}</ul>`}
    </div>
  `;
}

function changeOf({ path, value, removes }: Row): Change {
  if (removes) return { path: path.trim() };
  try {
    return { path: path.trim(), value: JSON.parse(value) as unknown };
  } catch {
    return { path: path.trim(), value };
  }
}

/** Paths that get a value but are not in the body. They are often mistakes, such as a member of the data without "data.". */
function addedMembers(rows: readonly Row[], body: string): readonly string[] {
  const members = membersOf(body);
  if (members.length === 0 || members.length === mostMembers) return [];
  const isThere = (path: string): boolean => members.some((member) => member === path || member.startsWith(`${path}.`));
  return rows.flatMap(({ path, removes }) =>
    removes || path.trim() === "" || isThere(path.trim()) ? [] : path.trim(),
  );
}

/** Paths of members in the body that can get another value. */
function membersOf(body: string): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (found.length >= mostMembers) return;
    if (typeof value !== "object" || value === null || path.length >= deepest) {
      if (path.length > 0) found.push(path.join("."));
      return;
    }
    for (const [name, member] of Object.entries(value)) walk(member, [...path, name]);
  };
  try {
    walk(JSON.parse(body), []);
  } catch {
    // If the body is not JSON, it has no members.
  }
  return found;
}
