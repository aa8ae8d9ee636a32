/** One dead letter: why it failed, its history, and its body, which can be corrected before a replay. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { BodyView, EditableBody, OpenedDeadLetter } from "../view/message-view.ts";
import { EditForm } from "./edit-form.ts";
import { Body, Code, Facts, Section, Sheet, useAnswer, Way } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

interface DeadLetterSheetProps extends ViewProps {
  readonly queue: string;
  readonly entryKey: string;
  close(): void;
  replay(key: string, body?: string): Promise<void>;
  remove(key: string): void;
}

export function DeadLetterSheet(props: DeadLetterSheetProps): VNode {
  const { api, queue, entryKey, close } = props;
  const { value, error } = useAnswer(() => api.deadLetter(queue, entryKey), [queue, entryKey]);
  const title = value?.row.routingKey ?? "Dead letter";
  return html`
    <${Sheet} isCode title=${title} close=${close}>
      ${error !== undefined && html`<p class="verdict bad">${error}</p>`}
      ${!error && !value && html`<p class="quiet">Reading the message …</p>`}
      ${value && html`<${Opened} ...${props} value=${value} />`}
    <//>
  `;
}

function Opened({
  value,
  entryKey,
  queue,
  api,
  replay,
  remove,
  say,
  state,
}: DeadLetterSheetProps & { readonly value: OpenedDeadLetter }): VNode {
  const { error, message, editable, row } = value;
  const [edited, setEdited] = useState<EditableBody | undefined>();
  const [busy, setBusy] = useState(false);
  const mayChange = state.plan?.mayChange === true;
  const mayReplay = mayChange && row.replayable;
  const replayAsItIs = (): void => {
    setBusy(true);
    void replay(entryKey);
  };
  return html`
    ${
      error &&
      html`<div class="thrown">
        <p class="title">${error.title}</p>
        <p>${error.message}</p>
        ${error.stack && html`<${Section} title="Stack" open=${false}><${Code} text=${error.stack} label="Stack" /><//>`}
      </div>`
    }
    ${
      mayChange &&
      edited === undefined &&
      html`<div class="actions">
        ${mayReplay && html`<button type="button" class="main" disabled=${busy} onClick=${replayAsItIs}>${busy ? "Replaying …" : "Replay"}</button>`}
        ${mayReplay && "text" in editable && html`<button type="button" onClick=${() => setEdited(editable)}>Edit and replay</button>`}
        <button type="button" class="risky" onClick=${() => remove(entryKey)}>Delete</button>
      </div>`
    }
    ${mayReplay && "why" in editable && html`<p class="quiet">It cannot be edited. ${editable.why}</p>`}
    ${!row.replayable && html`<p class="quiet">Its headers do not say where it failed, so it cannot be replayed.</p>`}
    ${
      edited === undefined
        ? html`<${Body} body=${message.body} />`
        : html`<${Editor} editable=${edited} begin=${() => say("")} check=${(body: string) => api.check(queue, entryKey, body)} replay=${(body: string) => replay(entryKey, body)} cancel=${() => setEdited(undefined)} />`
    }
    <h3>History</h3>
    <${Way} steps=${message.way} />
    <${Section} title="Details"><${Facts} facts=${message.facts} /><//>
    <${Section} title=${`Headers, ${message.headers.length}`} open=${false}><${Facts} facts=${message.headers} /><//>
    <${Section} title="Properties" open=${false}><${Facts} facts=${message.properties} /><//>
  `;
}

interface EditorProps {
  readonly editable: EditableBody;
  begin(): void;
  check(body: string): Promise<BodyView>;
  replay(body: string): Promise<void>;
  cancel(): void;
}

function Editor({ editable, begin, check, replay, cancel }: EditorProps): VNode {
  const [text, setText] = useState(editable.text);
  return html`
    <${EditForm} title="Body" label="The body" action="Replay" text=${text} schema=${editable.schema} member=${editable.member}
      change=${setText} begin=${begin} check=${async () => (await check(text)).verdict} send=${() => replay(text)} cancel=${cancel} />
  `;
}
