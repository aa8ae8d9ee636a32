/** Messages that wait for their next run, with their countdown. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { amount, countdown, counted, delay } from "../view/show-time.ts";
import { Empty, useNow } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

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
            return html`<li class=${messages > 0 ? "warn" : ""}><b>${amount(messages)}</b> wait ${delay(delayMs)} <span class="quiet">${service}</span></li>`;
          })}
        </ul>
      `
    }
    ${
      retries.length === 0
        ? html`<${Empty} title=${plan?.mode === "run" ? "No message of this process waits for another run." : "A broker does not tell when a message comes back."}>
          ${tiers.length === 0 ? "None of these services has a retry policy with delays." : "The counts above are of all instances."}
        <//>`
        : html`
          <div class="scroll" tabindex="0" role="region" aria-label="Waiting retries">
            <table class="rows">
              <thead><tr><th scope="col" class="number">Due in</th><th scope="col">Routing key</th><th scope="col">Handler</th><th scope="col" class="number">Next attempt</th></tr></thead>
              <tbody>
                ${retries.map(
                  (one) => html`
                    <tr key=${one.id}>
                      <td class="number due">${countdown(one.dueAt, now)}<${Left} from=${one.dueAt - one.delayMs} to=${one.dueAt} now=${now} /></td>
                      <td>${
                        one.message === undefined
                          ? html`<code>${one.routingKey}</code>`
                          : html`<button type="button" class="link mono" onClick=${() => one.message !== undefined && open(one.message)}>${one.routingKey}</button>`
                      }<span class="error-line">${one.error}</span></td>
                      <td>${one.service}.${one.handler}</td>
                      <td class="number">${one.attempt}</td>
                    </tr>
                  `,
                )}
              </tbody>
            </table>
          </div>
          ${(live?.moreRetries ?? 0) > 0 && html`<p class="quiet">${counted(live?.moreRetries ?? 0, "more retry", "more retries")}, not in the list.</p>`}
        `
    }
  `;
}

/** How much of the wait is over, as a bar. */
function Left({ from, to, now }: { readonly from: number; readonly to: number; readonly now: number }): VNode {
  const share = Math.min(1, Math.max(0, (now - from) / Math.max(1, to - from)));
  return html`<svg class="left" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="3" /><rect class="done" width=${(share * 100).toFixed(1)} height="3" /></svg>`;
}
