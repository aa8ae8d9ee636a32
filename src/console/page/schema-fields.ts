/** Form fields, made from a JSON Schema. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { JsonSchema } from "../view/plan-view.ts";
import { sampleOf, typeOf } from "../view/sample-of.ts";

interface FieldProps {
  readonly name: string;
  /** The id of the field, unique in the page. */
  readonly id: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly value: unknown;
  change(value: unknown): void;
}

type Members = Readonly<Record<string, unknown>>;

/** Objects at a deeper level are edited as JSON. */
const deepest = 3;

export function Fields({
  schema,
  value,
  change,
  id,
  depth = 0,
}: {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly id: string;
  readonly depth?: number;
  change(value: unknown): void;
}): VNode {
  const members = (typeof value === "object" && value !== null ? value : {}) as Members;
  return html`
    ${Object.entries(schema.properties ?? {}).map(([name, one]) => {
      const props: FieldProps = {
        name,
        id: `${id}.${name}`,
        schema: one,
        required: schema.required?.includes(name) ?? false,
        value: members[name],
        change: (next) => change(withMember(members, name, next)),
      };
      const isGroup = typeOf(one) === "object" && one.properties && depth < deepest;
      return isGroup ? html`<${Group} ...${props} depth=${depth + 1} />` : html`<${Field} ...${props} />`;
    })}
  `;
}

/** A field that is left empty is left out. */
function withMember(members: Members, name: string, value: unknown): Members {
  const { [name]: _, ...others } = members;
  return value === undefined ? others : { ...members, [name]: value };
}

function Group({ name, id, schema, required, value, change, depth }: FieldProps & { readonly depth: number }): VNode {
  const isThere = value !== undefined && value !== null;
  return html`
    <fieldset>
      <legend>
        ${name}
        ${!required && html`<label class="check"><input type="checkbox" checked=${isThere} onChange=${() => change(isThere ? undefined : sampleOf(schema))} /> include it</label>`}
      </legend>
      ${(isThere || required) && html`<${Fields} schema=${schema} value=${value} change=${change} id=${id} depth=${depth} />`}
    </fieldset>
  `;
}

function Field(props: FieldProps): VNode {
  const { name, id, schema, required } = props;
  const { format, description } = schema;
  const type = typeOf(schema);
  // The field of a number or of a list does not show its type, so it is written beside it. Other fields show their type.
  const shown = type === "string" || type === "boolean" || schema.enum ? undefined : type;
  const hint = [shown, format, description].filter((word) => word !== undefined).join(", ");
  return html`
    <div class="field">
      <label for=${id}>${name}${!required && html` <span class="quiet">optional</span>`}</label>
      <${Input} ...${props} />
      ${hint && html`<span class="hint">${hint}</span>`}
    </div>
  `;
}

function Input({ id, schema, value, change, required }: FieldProps): VNode {
  if (schema.enum) {
    const known = schema.enum.map((one) => JSON.stringify(one));
    const picked = (event: Event): void => {
      const text = (event.target as HTMLSelectElement).value;
      change(text === "" ? undefined : JSON.parse(text));
    };
    return html`
      <select id=${id} value=${value === undefined ? "" : JSON.stringify(value)} onChange=${picked}>
        ${!required && html`<option value="">(none)</option>`}
        ${known.map((one, at) => html`<option value=${one}>${String(schema.enum?.[at])}</option>`)}
      </select>
    `;
  }
  const type = typeOf(schema);
  if (type === "boolean") {
    return html`<input id=${id} type="checkbox" checked=${value === true} onChange=${(event: Event) => change((event.target as HTMLInputElement).checked)} />`;
  }
  if (type === "number" || type === "integer") {
    const typed = (event: InputEvent): void => {
      const text = (event.target as HTMLInputElement).value;
      change(text === "" ? undefined : Number(text));
    };
    return html`<input id=${id} type="number" step=${type === "integer" ? 1 : "any"} value=${value ?? ""} onInput=${typed} />`;
  }
  if (type === "string") {
    const typed = (event: InputEvent): void => {
      const text = (event.target as HTMLInputElement).value;
      change(text === "" && !required ? undefined : text);
    };
    return html`<input id=${id} type="text" value=${value ?? ""} onInput=${typed} />`;
  }
  return html`<${JsonInput} id=${id} value=${value} change=${change} />`;
}

/** For lists, and for values that have no field of their own. */
function JsonInput({ id, value, change }: Pick<FieldProps, "id" | "value" | "change">): VNode {
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, undefined, 2));
  const [wrong, setWrong] = useState(false);
  const typed = (event: InputEvent): void => {
    const given = (event.target as HTMLTextAreaElement).value;
    setText(given);
    try {
      change(given.trim() === "" ? undefined : JSON.parse(given));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return html`<textarea id=${id} rows="3" spellcheck=${false} aria-invalid=${wrong} value=${text} onInput=${typed} />${wrong && html`<span class="hint bad-text">This is not JSON yet.</span>`}`;
}
