/** Messages that wait for their next run, each with a countdown. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { countdown, counted, delay } from "../view/show-time.ts";
import { Empty, useNow } from "./parts.ts";
import { Cell, type Column, Table } from "./table.ts";
import type { ViewProps } from "./view-props.ts";

const columns: readonly Column[] = [
  { title: "Due in" },
  { title: "Routing key" },
  { title: "Handler" },
  { title: "Next attempt", isNumber: true },
];

export function RetriesTab({ state, open }: ViewProps): VNode {
  const { live, plan } = state;
  const now = useNow() + state.clockAhead;
  const retries = live?.retries ?? [];
  const tiers = plan?.retryQueues ?? [];
  return html`
    ${
      tiers.length > 0 &&
      html`
        <ul class="tiers">
          ${tiers.map(({ service, queue, delayMs }) => {
            const messages = live?.queues[queue]?.messages ?? 0;
            return html`<li class=${messages > 0 ? "warn" : ""}>Retry after ${delay(delayMs)}: <b>${counted(messages, "message")}</b> <span class="quiet">${service}</span></li>`;
          })}
        </ul>
      `
    }
    ${
      retries.length === 0
        ? html`<${Empty} title=${plan?.mode === "run" ? "No message of this process waits for a retry." : "The broker does not say when a message comes back."}>
          ${tiers.length === 0 ? "None of these services has a retry policy with delays." : "The counts above include all instances."}
        <//>`
        : html`
          <${Table} label="Waiting retries" columns=${columns}>
            ${retries.map(
              (one) => html`
                <tr role="row" key=${one.id}>
                  <${Cell} of="Due in" class="due"><span>${countdown(one.dueAt, now)}<${Left} from=${one.dueAt - one.delayMs} to=${one.dueAt} now=${now} /></span><//>
                  <${Cell} class="lead">${
                    one.message === undefined
                      ? html`<code title=${one.routingKey}>${one.routingKey}</code>`
                      : html`<button type="button" class="link mono" title=${one.routingKey} onClick=${() => one.message !== undefined && open(one.message)}>${one.routingKey}</button>`
                  }<span class="error-line" title=${one.error}>${one.error}</span><//>
                  <${Cell} of="Handler">${one.service}.${one.handler}<//>
                  <${Cell} of="Next attempt" class="number">${one.attempt}<//>
                </tr>
              `,
            )}
          <//>
          ${(live?.moreRetries ?? 0) > 0 && html`<p class="quiet">${counted(live?.moreRetries ?? 0, "more retry", "more retries")}, not in the list.</p>`}
        `
    }
  `;
}

/** The elapsed part of the wait, as a bar. */
function Left({ from, to, now }: { readonly from: number; readonly to: number; readonly now: number }): VNode {
  const share = Math.min(1, Math.max(0, (now - from) / Math.max(1, to - from)));
  return html`<svg class="left" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="3" /><rect class="done" width=${(share * 100).toFixed(1)} height="3" /></svg>`;
}
