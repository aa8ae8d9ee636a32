/** What happens to a message that the form has published: each run of a handler, with a link to it in the list of messages. */
import { html } from "htm/preact";
import type { VNode } from "preact";
import type { MessageRow } from "../view/live-view.ts";
import { duration } from "../view/show-time.ts";
import { OutcomePill } from "./parts.ts";
import type { PageState } from "./store.ts";

/** A message that was published, and the plan of that time: a service that starts again gives the page a new plan and new numbers. */
export interface Sent {
  readonly routingKey: string;
  readonly messageId: string;
  readonly plan: PageState["plan"];
}

interface SentMessageProps {
  readonly sent: Sent;
  readonly state: PageState;
  open(number: number): void;
}

/** Runs that are shown. A message that is tried again and again has more. */
const shownRuns = 10;

export function SentMessage({ sent, state, open }: SentMessageProps): VNode | null {
  if (sent.plan !== state.plan) return null;
  const seen = state.messages.filter(({ messageId, kind }) => messageId === sent.messageId && kind !== "published");
  const isRun = state.plan?.mode === "run";
  return html`
    <section class="sent" aria-labelledby="sent-title" role="status">
      <h2 id="sent-title">What happens to <code>${sent.routingKey}</code></h2>
      <p class="quiet">The broker confirmed it and put it into at least one queue.</p>
      ${seen.length === 0 && html`<p>${isRun ? "No handler has ended its run of it yet." : "It is not in the list of messages yet."}</p>`}
      ${
        seen.length > 0 &&
        html`<ul class="issues">${seen.slice(-shownRuns).map((row) => html`<${Run} key=${row.number} row=${row} open=${open} />`)}</ul>`
      }
      ${seen.length > 0 && !isRun && html`<p class="quiet">This console does not see how handlers end.</p>`}
    </section>
  `;
}

function Run({ row, open }: { readonly row: MessageRow; open(number: number): void }): VNode {
  const { number, kind, service, handler, attempt, outcome, ms, error, exchange } = row;
  const isHandled = kind === "handled";
  return html`
    <li>
      <button type="button" class="link" onClick=${() => open(number)}>${isHandled ? `${service}.${handler}, attempt ${attempt}` : `Seen at ${exchange}`}</button>
      ${" "}<${OutcomePill} outcome=${outcome} />
      ${isHandled && html` <span class="quiet">took ${duration(ms)}</span>`}
      ${error && html`<span class="error-line">${error}</span>`}
    </li>
  `;
}
