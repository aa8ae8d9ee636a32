/** What the services publish, by routing key. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import type { PublishedLive } from "../view/live-view.ts";
import type { PlanView } from "../view/plan-view.ts";
import { amount, rate } from "../view/show-time.ts";
import { Cell, type Column, Table } from "./table.ts";

interface PublishedProps {
  readonly published: readonly PublishedLive[];
  readonly plan: PlanView;
}

export function Published({ published, plan }: PublishedProps): VNode {
  const several = plan.services.length > 1;
  const sorted = [...published].sort((a, b) => b.count - a.count);
  const columns: readonly Column[] = [
    { title: "Routing key" },
    { title: "Exchange" },
    ...(several ? [{ title: "Service" }] : []),
    { title: "Per second", isNumber: true },
    { title: "Total", isNumber: true },
    { title: "Failed", isNumber: true },
  ];
  return html`
    <section class="published" aria-labelledby="published-title">
      <h2 id="published-title">Published by ${several ? "these services" : plan.services[0]}</h2>
      <${Table} label="Published messages by key" columns=${columns}>
        ${sorted.map(
          ({ service, key, exchange, perSecond, count, failed }) => html`
            <tr role="row" key=${`${service} ${exchange} ${key}`}>
              <${Cell} class="lead"><code>${key}</code><//>
              <${Cell} of="Exchange">${exchange || "default exchange"}<//>
              ${several && html`<${Cell} of="Service">${service}<//>`}
              <${Cell} of="Per second" class="number">${rate(perSecond)}<//>
              <${Cell} of="Total" class="number">${amount(count)}<//>
              <${Cell} of="Failed" class=${`number ${failed > 0 ? "bad-text" : ""}`}>${amount(failed)}<//>
            </tr>
          `,
        )}
      <//>
    </section>
  `;
}
