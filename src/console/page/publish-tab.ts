/** Publishes a message by hand, in the envelope and by the schema of a handler. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { SubscriptionView } from "../view/plan-view.ts";
import { sampleOf } from "../view/sample-of.ts";
import { Empty, messageIn } from "./parts.ts";
import { Fields } from "./schema-fields.ts";
import type { ViewProps } from "./view-props.ts";

export function PublishTab(props: ViewProps): VNode {
  const { state } = props;
  const all = state.plan?.subscriptions.filter(({ exchange }) => exchange !== "") ?? [];
  const [id, setId] = useState(all[0]?.id ?? "");
  const chosen = all.find((one) => one.id === id) ?? all[0];
  if (state.plan?.mayChange !== true) {
    return html`<${Empty} title="This console only reads.">Start it with <code>--allow-changes</code> to publish.<//>`;
  }
  if (!chosen) return html`<${Empty} title="No handler of these services takes messages by a routing key." />`;
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

function Form({ subscription, api, say }: ViewProps & { readonly subscription: SubscriptionView }): VNode {
  const { schema, isText, keyParameters, keyTemplate, patterns, id, schemaVendor, exchange } = subscription;
  const hasFields = schema?.properties !== undefined && !isText;
  const [data, setData] = useState<unknown>(() => (isText ? "" : (sampleOf(schema) ?? {})));
  const [json, setJson] = useState(() => JSON.stringify(data, undefined, 2));
  const [asJson, setAsJson] = useState(!hasFields);
  const [parameters, setParameters] = useState<Readonly<Record<string, string>>>({});
  const [routingKey, setRoutingKey] = useState(() => (patterns[0] ?? "").replaceAll(/[*#]/g, "1"));
  const [headers, setHeaders] = useState("");
  const [problem, setProblem] = useState<string | undefined>();
  const [unchecked, setUnchecked] = useState(false);
  const key = useMemo(() => filled(keyTemplate, parameters) ?? routingKey, [keyTemplate, parameters, routingKey]);
  const toggle = (): void => {
    if (!asJson) setJson(JSON.stringify(data, undefined, 2));
    else {
      try {
        setData(JSON.parse(json));
      } catch {
        setProblem("This is not JSON, so it cannot be shown as fields.");
        return;
      }
    }
    setProblem(undefined);
    setAsJson(!asJson);
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      const given = isText ? data : asJson ? JSON.parse(json) : data;
      const told = headers.trim() === "" ? {} : JSON.parse(headers);
      const answer = await api.publish({
        subscription: id,
        parameters,
        routingKey,
        data: given,
        headers: told,
        unchecked,
      });
      const where = `${answer.routingKey} on ${answer.exchange || "the default exchange"}`;
      if (answer.routed) say(`Published as ${where}. The broker confirmed it.`);
      else say(`The broker confirmed ${where}, but no queue is bound for this key: the message is gone.`, "bad");
    } catch (error) {
      setProblem(messageIn(error));
    }
  };
  return html`
    <form class="publish" onSubmit=${send}>
      <section aria-labelledby="key-title">
        <h2 id="key-title">Routing key</h2>
        ${keyParameters.map(
          (name) => html`
            <div class="field">
              <label for=${`key.${name}`}>${name}</label>
              <input id=${`key.${name}`} type="text" required value=${parameters[name] ?? ""} onInput=${(event: InputEvent) => setParameters({ ...parameters, [name]: (event.target as HTMLInputElement).value })} />
            </div>
          `,
        )}
        ${
          keyTemplate === undefined &&
          html`<div class="field"><label for="key">Key</label><input id="key" type="text" required value=${routingKey} onInput=${(event: InputEvent) => setRoutingKey((event.target as HTMLInputElement).value)} /></div>`
        }
        <p class="quiet">Goes to <code>${exchange}</code> as <code>${key}</code></p>
      </section>
      <section aria-labelledby="data-title">
        <div class="section-head">
          <h2 id="data-title">Data</h2>
          ${hasFields && html`<button type="button" class="plain" onClick=${toggle}>${asJson ? "Show fields" : "Show JSON"}</button>`}
        </div>
        ${
          isText
            ? html`<div class="field"><label for="text">Text</label><textarea id="text" rows="6" value=${data} onInput=${(event: InputEvent) => setData((event.target as HTMLTextAreaElement).value)} /></div>`
            : asJson
              ? html`<div class="field"><label for="json">JSON</label><textarea id="json" rows="12" spellcheck="false" value=${json} onInput=${(event: InputEvent) => setJson((event.target as HTMLTextAreaElement).value)} /></div>`
              : html`<${Fields} schema=${schema} value=${data} change=${setData} id="data" />`
        }
        ${!hasFields && !isText && html`<p class="quiet">${schemaVendor === undefined ? "The handler has no schema, so there are no fields." : `The schema (${schemaVendor}) does not say its form as JSON Schema, so there are no fields. The data is checked all the same.`}</p>`}
      </section>
      <details>
        <summary>Headers and checks</summary>
        <div class="field"><label for="headers">Headers, as JSON</label><textarea id="headers" rows="3" spellcheck="false" placeholder=${'{ "tenant": "acme" }'} value=${headers} onInput=${(event: InputEvent) => setHeaders((event.target as HTMLTextAreaElement).value)} /></div>
        ${schemaVendor !== undefined && html`<label class="check"><input type="checkbox" checked=${unchecked} onChange=${() => setUnchecked(!unchecked)} /> Do not check the data, to see what the handler does with wrong data</label>`}
      </details>
      ${problem !== undefined && html`<p class="verdict bad" role="alert">${problem}</p>`}
      <div class="actions"><button type="submit" class="main">Publish</button></div>
    </form>
  `;
}

/** The key with what is filled in so far. */
function filled(template: string | undefined, parameters: Readonly<Record<string, string>>): string | undefined {
  return template?.replaceAll(/\{(\w+)(?::encoded)?\}/g, (whole, name: string) => parameters[name] || whole);
}
