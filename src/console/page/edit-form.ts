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
import { frameAround, framedText, withFrame } from "./framed-member.ts";
import { messageIn, Refusal } from "./parts.ts";
import { Fields } from "./schema-fields.ts";

interface EditFormProps {
  /** The name of the edited part: "Data", "Body". */
  readonly title: string;
  /** The label of the editor of the whole text. */
  readonly label: string;
  /** The text of the button: "Publish", "Replay". */
  readonly action: string;
  readonly text: string;
  readonly schema: JsonSchema | undefined;
  /** The member of the JSON that is the data, and that the schema describes; undefined for all of it. */
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
  const canBeAlone = member !== undefined && frameAround(text, member) !== undefined;
  // What was chosen stays, also while the text is not JSON because the user types.
  const [asText, setAsText] = useState(!canHaveFields);
  const [isWhole, setIsWhole] = useState(!canBeAlone);
  const isText = asText || !canHaveFields;
  return html`
    <section aria-labelledby="data-title">
      <div class="section-head">
        <h2 id="data-title">${isText && isWhole ? title : "Data"}</h2>
        ${isText && member !== undefined && html`<button type="button" class="plain" disabled=${isWhole && !canBeAlone} onClick=${() => setIsWhole(!isWhole)}>${isWhole ? "Show only the data" : "Show the whole body"}</button>`}
        ${schema?.properties && html`<button type="button" class="plain" disabled=${asText && !canHaveFields} onClick=${() => setAsText(!isText)}>${isText ? "Show fields" : "Show JSON"}</button>`}
      </div>
      ${
        isText
          ? html`<${Text} key=${isWhole} label=${isWhole ? label : "The data"} text=${text} member=${isWhole ? undefined : member} change=${change} />`
          : html`<${Fields} schema=${schema} value=${membersAt(text, member)} id="data" change=${(value: unknown) => change(withMembersAt(text, member, value))} />`
      }
    </section>
  `;
}

/** The whole text, or one member of it. The text around the member stays. */
function Text({ label, text, member, change }: Pick<DataProps, "label" | "text" | "member" | "change">): VNode {
  const [frame] = useState(() => (member === undefined ? undefined : frameAround(text, member)));
  const typed = (event: InputEvent): void => {
    const { value } = event.target as HTMLTextAreaElement;
    change(frame ? withFrame(frame, value) : value);
  };
  return html`
    <label class="unseen" for="data-text">${label}</label>
    <textarea id="data-text" rows="14" spellcheck=${false} value=${frame ? framedText(frame, text) : text} onInput=${typed} />
    ${frame && html`<p class="quiet">The envelope around the data stays as it is.</p>`}
  `;
}
