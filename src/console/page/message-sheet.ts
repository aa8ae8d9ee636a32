/** An opened message of the list. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { timeTitle } from "../view/show-time.ts";
import { Body, clock, Facts, OutcomePill, Section, Sheet, useAnswer, Way } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

export function MessageSheet({
  api,
  number,
  close,
  open,
  state,
}: ViewProps & { readonly number: number; close(): void }): VNode {
  const { value, error } = useAnswer(() => api.message(number), [number]);
  const row = state.messages.find((one) => one.number === number);
  return html`
    <${Sheet} isCode title=${row?.routingKey ?? "Message"} close=${close}>
      ${row && html`<p class="pills"><${OutcomePill} outcome=${row.outcome} /> <span class="quiet">${timeTitle(state.plan?.mode)} ${clock(row.at)}</span>${row.error && html`<span class="error-line">${row.error}</span>`}</p>`}
      ${error !== undefined && html`<p class="verdict bad">${error}</p>`}
      ${!error && !value && html`<p class="quiet">Reading the message …</p>`}
      ${
        value &&
        html`
          <${Body} body=${value.body} />
          <h3>History</h3>
          <${Way} steps=${value.way} open=${open} />
          <${Section} title="Details"><${Facts} facts=${value.facts} /><//>
          <${Section} title=${`Headers, ${value.headers.length}`} open=${false}><${Facts} facts=${value.headers} /><//>
          <${Section} title="Properties" open=${false}><${Facts} facts=${value.properties} /><//>
        `
      }
    <//>
  `;
}
