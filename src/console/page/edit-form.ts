/**
 * The form for a message, both for a publish and for a replay with another body: with fields if the schema is known, otherwise as JSON.
 * Data that the schema refuses is sent only if the user confirms it.
 */

import { html } from "htm/preact";
import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import type { Verdict } from "../view/message-view.ts";
import type { JsonSchema } from "../view/plan-view.ts";
import { hasFields, membersAt, withMembersAt } from "./edited-json.ts";
import { messageIn, Refusal } from "./parts.ts";
import { Fields } from "./schema-fields.ts";

interface EditFormProps {
  /** The name of the edited part: "Data", "Body". */
  readonly title: string;
  /** The label of the text editor. */
  readonly label: string;
  /** The text of the button: "Publish", "Replay". */
  readonly action: string;
  readonly text: string;
  readonly schema: JsonSchema | undefined;
  /** The member of the JSON that the schema describes; undefined for all of it. */
  readonly member?: string | undefined;
  /** Other parts of the form, before and after the data. */
  readonly before?: ComponentChildren;
  readonly children?: ComponentChildren;
  change(text: string): void;
  /** Called at each press of the button, before the check. The report of the press before does not describe this one. */
  begin(): void;
  /** Asks for the verdict of envelope and schema about the text. */
  check(): Promise<Verdict>;
  /** Sends the message. `anyway`: the schema has refused it, and the user sends it nevertheless. */
  send(anyway: boolean): Promise<void>;
  cancel?(): void;
}

export function EditForm({
  action,
  text,
  before,
  children,
  begin,
  check,
  send,
  cancel,
  change,
  ...data
}: EditFormProps): VNode {
  const [refused, setRefused] = useState<{ readonly text: string; readonly verdict: Verdict } | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  // Another text is checked again.
  const verdict = refused?.text === text ? refused.verdict : undefined;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    begin();
    setProblem(undefined);
    setBusy(true);
    try {
      const judged = verdict ?? (await check());
      const isFine = judged.kind === "fits" || judged.kind === "unknown";
      if (isFine || verdict) await send(verdict !== undefined);
      else setRefused({ text, verdict: judged });
    } catch (error) {
      setProblem(messageIn(error));
    }
    setBusy(false);
  };
  return html`
    <form class="edit" onSubmit=${submit}>
      ${before}
      <${Data} ...${data} text=${text} change=${change} />
      ${children}
      ${verdict && html`<${Refusal} verdict=${verdict}><p>The handler would fail. Correct the data, or ${action.toLowerCase()} it anyway.</p><//>`}
      ${problem !== undefined && html`<p class="verdict bad" role="alert">${problem}</p>`}
      <div class="actions">
        <button type="submit" class="main" disabled=${busy}>${verdict ? `${action} anyway` : action}</button>
        ${cancel && html`<button type="button" onClick=${cancel}>Cancel</button>`}
      </div>
    </form>
  `;
}

type DataProps = Pick<EditFormProps, "title" | "label" | "text" | "schema" | "member" | "change">;

function Data({ title, label, text, schema, member, change }: DataProps): VNode {
  const canHaveFields = schema !== undefined && hasFields(schema, text, member);
  const [asText, setAsText] = useState(false);
  const isText = asText || !canHaveFields;
  return html`
    <section aria-labelledby="data-title">
      <div class="section-head">
        <h2 id="data-title">${isText ? title : "Data"}</h2>
        ${schema?.properties && html`<button type="button" class="plain" disabled=${asText && !canHaveFields} onClick=${() => setAsText(!isText)}>${isText ? "Show fields" : "Show JSON"}</button>`}
      </div>
      ${
        isText
          ? html`<label class="unseen" for="data-text">${label}</label>
            <textarea id="data-text" rows="14" spellcheck=${false} value=${text} onInput=${(event: InputEvent) => change((event.target as HTMLTextAreaElement).value)} />`
          : html`<${Fields} schema=${schema} value=${membersAt(text, member)} id="data" change=${(value: unknown) => change(withMembersAt(text, member, value))} />`
      }
    </section>
  `;
}
