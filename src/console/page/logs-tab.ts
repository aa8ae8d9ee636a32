/** The last lines of the log. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LogLine } from "../view/live-view.ts";
import { clock, Empty } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

const order: readonly LogLine["level"][] = ["trace", "debug", "info", "warn", "error", "fatal"];

export function LogsTab({ state }: ViewProps): VNode {
  const [words, setWords] = useState("");
  const [level, setLevel] = useState<LogLine["level"]>("trace");
  const [follows, setFollows] = useState(true);
  const list = useRef<HTMLDivElement>(null);
  const lines = state.logs.filter((line) => order.indexOf(line.level) >= order.indexOf(level) && fits(line, words));
  const last = lines.at(-1)?.number;
  useEffect(() => {
    if (follows && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [last, follows]);
  if (state.plan?.mode === "broker") {
    return html`<${Empty} title="This console shows a broker, which has no log of services.">To see its log, open the console of the process that runs the service: <code>tomodachi run --console</code>.<//>`;
  }
  return html`
    <div class="tools">
      <label>Find <input type="search" value=${words} onInput=${(event: InputEvent) => setWords((event.target as HTMLInputElement).value)} /></label>
      <label>
        Level
        <select aria-label="Level of the shown lines" value=${level} onChange=${(event: Event) => setLevel((event.target as HTMLSelectElement).value as LogLine["level"])}>
          ${order.map((one) => html`<option value=${one}>${levelTitle(one)}</option>`)}
        </select>
      </label>
      <label class="check"><input type="checkbox" checked=${follows} onChange=${() => setFollows(!follows)} /> Scroll to new lines</label>
    </div>
    ${
      lines.length === 0
        ? html`<${Empty} title="No line matches." />`
        : html`<div class="log" ref=${list} tabindex="0" role="region" aria-label="Log lines">
          ${lines.map(
            (line) => html`
              <div class=${`line ${line.level}`} key=${line.number}>
                <span class="when">${clock(line.at)}</span>
                <span class="level">${line.level}</span>
                <span class="text">${line.service && html`<span class="who">${line.service}${line.handler ? `.${line.handler}` : ""}</span> `}${line.text}
                  ${line.fields && html`<details><summary>fields</summary><pre>${laidOut(line.fields)}</pre></details>`}
                </span>
              </div>
            `,
          )}
        </div>`
    }
  `;
}

/** The level in the list is the lowest one that is shown; it changes nothing in the service. */
function levelTitle(level: LogLine["level"]): string {
  if (level === "trace") return "all levels";
  return level === "fatal" ? "fatal" : `${level} and above`;
}

/** Indents the fields; fields that were cut are not JSON any more. Line breaks in a stack are shown as line breaks. */
function laidOut(fields: string): string {
  try {
    return JSON.stringify(JSON.parse(fields), undefined, 2).replaceAll("\\n", "\n");
  } catch {
    return fields;
  }
}

function fits({ text, service = "", handler = "", fields }: LogLine, words: string): boolean {
  const all = `${text} ${service} ${handler} ${fields}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
