/** Small parts that several views use. */

import { html } from "htm/preact";
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { MessageOutcome } from "../view/live-view.ts";
import type { BodyView, Fact, Step, Verdict } from "../view/message-view.ts";
import { size } from "../view/show-time.ts";

const outcomes: Readonly<Record<MessageOutcome, readonly [text: string, kind: string]>> = {
  acknowledge: ["done", "good"],
  duplicate: ["duplicate", ""],
  retry: ["retry", "warn"],
  requeue: ["requeued", "warn"],
  "dead-letter": ["dead letter", "bad"],
  published: ["published", ""],
  unroutable: ["no queue", "bad"],
  failed: ["failed", "bad"],
  seen: ["seen", ""],
};

export function OutcomePill({ outcome }: { readonly outcome: MessageOutcome }): VNode {
  const [text, kind] = outcomes[outcome];
  return html`<span class=${`pill ${kind}`}>${text}</span>`;
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }): VNode {
  return html`<div class="empty"><p class="title">${title}</p>${children && html`<p>${children}</p>`}</div>`;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }): VNode {
  return html`
    <dl class="facts">
      ${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

/** A section that stays closed until the user opens it, for long content. */
export function Section(props: {
  readonly title: string;
  readonly open?: boolean;
  readonly children: ComponentChildren;
}): VNode {
  const { title, open = true, children } = props;
  return html`<details open=${open}><summary>${title}</summary>${children}</details>`;
}

/** A routing key or a queue name, which may break after its dots. */
export function Dotted({ text }: { readonly text: string }): VNode {
  const [first = "", ...rest] = text.split(".");
  return html`<code>${first}${rest.map((word) => html`.<wbr />${word}`)}</code>`;
}

/** Text that may be wide and long. It scrolls by itself, also with the keyboard. */
export function Code({
  text,
  label,
  json = false,
}: {
  readonly text: string;
  readonly label: string;
  readonly json?: boolean;
}): VNode {
  return html`<pre tabindex="0" role="region" aria-label=${label}>${json ? coloured(text) : text}</pre>`;
}

const tokens = /("(?:[^"\\]|\\.)*"(?:\s*:)?)|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Colours the text by splitting it, so no part of it becomes HTML. */
function coloured(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, string, word] = match;
    parts.push(text.slice(at, match.index));
    const kind = string ? (string.endsWith(":") ? "key" : "string") : word ? "word" : "number";
    parts.push(html`<span class=${kind}>${whole}</span>`);
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** Why a body is refused, and what the user can do. */
export function Refusal({
  verdict,
  children,
}: {
  readonly verdict: Verdict;
  readonly children: ComponentChildren;
}): VNode {
  return html`
    <div class="verdict bad" role="alert">
      <p>${verdict.text}</p>
      ${verdict.kind === "refused" && html`<${Issues} issues=${verdict.issues} />`}
      ${children}
    </div>
  `;
}

function Issues({ issues }: { readonly issues: readonly Fact[] }): VNode {
  return html`<ul class="issues">${issues.map(({ name, value }) => html`<li><code>${name}</code> ${value}</li>`)}</ul>`;
}

export function Body({ body }: { readonly body: BodyView }): VNode {
  const { verdict, data, text, hex } = body;
  const kind = { fits: "good", refused: "bad", unreadable: "bad", unknown: "" }[verdict.kind];
  return html`
    <p class=${`verdict ${kind}`}>${verdict.text}</p>
    ${verdict.kind === "refused" && verdict.issues.length > 0 && html`<${Issues} issues=${verdict.issues} />`}
    ${data !== undefined && html`<${Code} text=${data} label="Data" json />`}
    <${Section} title=${`Original body, ${size(body.bytes)}`} open=${data === undefined}>
      <${Code} text=${text ?? hex ?? ""} label="Body" />
      ${body.cut && html`<p class="quiet">Only the beginning is shown.</p>`}
    <//>
  `;
}

export function Way({ steps, open }: { readonly steps: readonly Step[]; open?(message: number): void }): VNode {
  return html`
    <ol class="way">
      ${steps.map(
        ({ at, isWholeSecond, kind, text, detail, message }) => html`
          <li class=${kind}>
            <span class="when">${at === undefined ? "time unknown" : isWholeSecond ? clockSecond(at) : clock(at)}</span>
            <span class="what">
              ${
                message !== undefined && open
                  ? html`<button type="button" class="link" onClick=${() => open(message)}>${text}</button>`
                  : text
              }
            </span>
            ${detail && html`<span class="detail">${detail}</span>`}
          </li>
        `,
      )}
    </ol>
  `;
}

/** For example `14:03:22.120`. */
export function clock(at: number): string {
  return `${clockSecond(at)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;
}

/** For example `14:03:22`. */
function clockSecond(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** For example `14:03`. */
export function clockMinute(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** A sheet above the page. The browser keeps the focus in it, closes it with Escape, and returns the focus. */
export function Sheet(props: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly narrow?: boolean;
  /** Whether the title is a routing key. */
  readonly isCode?: boolean;
  close(): void;
}): VNode {
  const { title, children, close, narrow = false, isCode = false } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const outside = (event: MouseEvent): void => {
    if (event.target === dialog.current) close();
  };
  return html`
    <dialog ref=${dialog} class=${narrow ? "narrow" : "sheet"} onClose=${close} onClick=${outside} aria-labelledby=${titleId}>
      <div class="sheet-head">
        <h2 id=${titleId} class=${isCode ? "mono" : ""}>${title}</h2>
        <button type="button" class="plain" onClick=${close}>Close</button>
      </div>
      <div class="sheet-body">${children}</div>
    </dialog>
  `;
}

/** The result of a promise, for a view that asks when it opens. `told` receives the result before the view is drawn with it. */
export function useAnswer<T>(
  ask: () => Promise<T>,
  by: readonly unknown[],
  told?: (value: T) => void,
): {
  readonly value: T | undefined;
  readonly error: string | undefined;
  again(): void;
} {
  const [answer, setAnswer] = useState<{ readonly value?: T; readonly error?: string }>({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => {
        if (!wanted) return;
        told?.(value);
        setAnswer({ value });
      },
      (error: unknown) => wanted && setAnswer({ error: messageIn(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [...by, round]);
  return { value: answer.value, error: answer.error, again: () => setRound(round + 1) };
}

export function messageIn(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The current time, updated four times a second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return now;
}
