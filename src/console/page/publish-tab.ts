/** Publishes a message by hand, with the envelope and the schema of a handler. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { SubscriptionView } from "../view/plan-view.ts";
import { sampleOf } from "../view/sample-of.ts";
import { EditForm } from "./edit-form.ts";
import { writtenJson } from "./edited-json.ts";
import { keyMismatch } from "./key-mismatch.ts";
import { Empty, messageIn } from "./parts.ts";
import { type Sent, SentMessage } from "./sent-message.ts";
import type { ViewProps } from "./view-props.ts";

export function PublishTab(props: ViewProps): VNode {
  const { state } = props;
  const all = state.plan?.subscriptions.filter(({ exchange }) => exchange !== "") ?? [];
  const [id, setId] = useState(all[0]?.id ?? "");
  const chosen = all.find((one) => one.id === id) ?? all[0];
  if (state.plan?.mayChange !== true) {
    return html`<${Empty} title="This console only reads.">Start it with <code>--allow-changes</code> to publish.<//>`;
  }
  if (!chosen) return html`<${Empty} title="No handler of these services receives messages by a routing key." />`;
  return html`
    <div class="field target">
      <label for="target">Contract or pattern</label>
      <select id="target" value=${chosen.id} onChange=${(event: Event) => setId((event.target as HTMLSelectElement).value)}>
        ${all.map((one) => html`<option value=${one.id}>${one.patterns.join(", ")} (${one.service}.${one.handler})</option>`)}
      </select>
    </div>
    <${Form} key=${chosen.id} ...${props} subscription=${chosen} />
  `;
}

function Form({ subscription, api, say, state, open }: ViewProps & { readonly subscription: SubscriptionView }): VNode {
  const { schema, isText, keyTemplate, patterns, id, schemaVendor } = subscription;
  const [text, setText] = useState(() => (isText ? "" : writtenJson(sampleOf(schema) ?? {})));
  const [parameters, setParameters] = useState<Readonly<Record<string, string>>>({});
  const [routingKey, setRoutingKey] = useState(() => (patterns[0] ?? "").replaceAll(/[*#]/g, "1"));
  const [headers, setHeaders] = useState("");
  const [sent, setSent] = useState<Sent | undefined>();
  const begin = (): void => {
    say("");
    setSent(undefined);
  };
  const key = filled(keyTemplate, parameters) ?? routingKey;
  const data = (): unknown => (isText ? text : parsed(text, "The data"));
  const send = async (unchecked: boolean): Promise<void> => {
    const told = headers.trim() === "" ? {} : (parsed(headers, "The text of the headers") as Record<string, unknown>);
    const form = { subscription: id, parameters, routingKey, data: data(), headers: told, unchecked };
    const answer = await api.publish(form);
    const { messageId } = answer;
    if (answer.routed && messageId !== undefined)
      setSent({ routingKey: answer.routingKey, messageId, plan: state.plan });
    const where = `${answer.routingKey} on ${answer.exchange || "the default exchange"}`;
    if (answer.routed) say(`Published as ${where}. The broker confirmed it.`);
    else say(lostText(where, answer.similarKey), "bad");
  };
  const keySection = html`<${KeySection} subscription=${subscription} shown=${key} parameters=${parameters} setParameters=${setParameters} routingKey=${routingKey} setRoutingKey=${setRoutingKey} />`;
  return html`
    <div class="publish">
      <${EditForm} title=${isText ? "Text" : "Data"} label=${isText ? "Text" : "JSON"} action="Publish" text=${text} schema=${isText ? undefined : schema}
        before=${keySection} change=${setText} begin=${begin} check=${() => api.checkData(id, data())} send=${send}>
        ${!isText && !schema?.properties && html`<p class="quiet">${withoutFields(schemaVendor)}</p>`}
        <details>
          <summary>Headers</summary>
          <div class="field"><label for="headers">Headers, as JSON</label><textarea id="headers" rows="3" spellcheck=${false} placeholder=${'{ "tenant": "acme" }'} value=${headers} onInput=${(event: InputEvent) => setHeaders((event.target as HTMLTextAreaElement).value)} /></div>
        </details>
      <//>
      ${sent && html`<${SentMessage} sent=${sent} state=${state} open=${open} />`}
    </div>
  `;
}

function lostText(where: string, similarKey: string | undefined): string {
  const cure = similarKey === undefined ? "" : ` Did you mean "${similarKey}"?`;
  return `The broker confirmed ${where}, but no queue is bound for this key, so the message is lost.${cure}`;
}

interface KeyProps {
  readonly subscription: SubscriptionView;
  /** The resulting key. */
  readonly shown: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly routingKey: string;
  setParameters(parameters: Readonly<Record<string, string>>): void;
  setRoutingKey(key: string): void;
}

function KeySection({ subscription, shown, parameters, setParameters, routingKey, setRoutingKey }: KeyProps): VNode {
  const { keyParameters, keyTemplate, exchange } = subscription;
  const mismatch = keyMismatch(subscription, shown);
  const typed = (event: InputEvent): string => (event.target as HTMLInputElement).value;
  return html`
    <section aria-labelledby="key-title">
      <h2 id="key-title">Routing key</h2>
      ${keyParameters.map(
        (name) => html`
          <div class="field">
            <label for=${`key.${name}`}>${name}</label>
            <input id=${`key.${name}`} type="text" required value=${parameters[name] ?? ""} onInput=${(event: InputEvent) => setParameters({ ...parameters, [name]: typed(event) })} />
          </div>
        `,
      )}
      ${
        keyTemplate === undefined &&
        html`<div class="field"><label for="key">Key</label><input id="key" type="text" required value=${routingKey} onInput=${(event: InputEvent) => setRoutingKey(typed(event))} /></div>`
      }
      <p class="quiet">Goes to <code>${exchange}</code> as <code>${shown}</code></p>
      <p class="warn-text" role="status">${mismatch}</p>
    </section>
  `;
}

function withoutFields(vendor: string | undefined): string {
  if (vendor === undefined) return "The handler has no schema, so the form has no fields.";
  return `The schema library (${vendor}) does not give a JSON Schema, so the form has no fields. The data is still checked.`;
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} is not JSON: ${messageIn(error)}`);
  }
}

/** The key with the parameters that are filled in so far. */
function filled(template: string | undefined, parameters: Readonly<Record<string, string>>): string | undefined {
  return template?.replaceAll(/\{(\w+)(?::encoded)?\}/g, (whole, name: string) => parameters[name] || whole);
}
