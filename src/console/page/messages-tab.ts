/** The last messages: those that handlers were given, and those that services published. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { MessageRow } from "../view/live-view.ts";
import { amount, duration, size } from "../view/show-time.ts";
import { clock, Empty, OutcomePill } from "./parts.ts";
import { RecordBar } from "./record-bar.ts";
import type { ViewProps } from "./view-props.ts";

const shownRows = 200;

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
  const canRecord = state.plan?.mode === "run";
  const choose = (number: number): void => {
    const next = new Set(chosen);
    if (!next.delete(number)) next.add(number);
    setChosen(next);
  };
  return html`
    <div class="tools">
      <label>Find <input type="search" value=${words} placeholder="key, handler, id, error" onInput=${(event: InputEvent) => setWords((event.target as HTMLInputElement).value)} /></label>
      <label class="check"><input type="checkbox" checked=${onlyFailed} onChange=${() => setOnlyFailed(!onlyFailed)} /> Only what failed</label>
      <button type="button" aria-pressed=${held !== undefined} onClick=${() => setHeld(held ? undefined : state.messages)}>
        ${held ? "Go on" : "Hold the list"}
      </button>
      <span class="quiet">
        ${!held && state.leftOut > 0 && `Too fast to list: ${amount(state.leftOut)} more in the last half second`}
      </span>
    </div>
    ${canRecord && html`<${RecordBar} ...${props} chosen=${chosen} clear=${() => setChosen(new Set())} />`}
    ${
      rows.length === 0
        ? html`<${Empty} title=${all.length === 0 ? "No message has passed since this page was opened." : "No message fits."} />`
        : html`
          <div class="scroll" tabindex="0" role="region" aria-label="The last messages">
            <table class="rows">
              <thead>
                <tr>
                  ${canRecord && html`<th scope="col"><span class="unseen">Choose</span></th>`}<th scope="col">Time</th><th scope="col">Routing key</th><th scope="col">Where</th><th scope="col">Outcome</th>
                  <th scope="col" class="number">Attempt</th><th scope="col" class="number">Took</th><th scope="col" class="number">Size</th>
                </tr>
              </thead>
              <tbody>
                ${rows.map(
                  (row) => html`
                    <tr key=${row.number}>
                      ${
                        canRecord &&
                        html`<td>${
                          row.kind === "handled" &&
                          html`<input type="checkbox" aria-label=${`Choose ${row.routingKey}, message ${row.number}, for a test`} checked=${chosen.has(row.number)} onChange=${() => choose(row.number)} />`
                        }</td>`
                      }
                      <td class="number">${clock(row.at)}</td>
                      <td><button type="button" class="link mono" onClick=${() => open(row.number)}>${row.routingKey}</button>
                        ${row.error && html`<span class="error-line">${row.error}</span>`}</td>
                      <td>${row.kind === "published" ? `from ${row.service}` : row.kind === "passing" ? row.exchange : `${row.service}.${row.handler}`}</td>
                      <td><${OutcomePill} outcome=${row.outcome} />${row.isReplay && html` <span class="pill">replay</span>`}</td>
                      <td class="number">${row.kind === "handled" ? row.attempt : ""}</td>
                      <td class="number">${row.kind === "passing" ? "" : duration(row.ms)}</td>
                      <td class="number">${size(row.bytes)}</td>
                    </tr>
                  `,
                )}
              </tbody>
            </table>
          </div>
        `
    }
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
