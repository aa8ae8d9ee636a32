/** Makes a test of the selected messages. */
import { html } from "htm/preact";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { counted } from "../view/show-time.ts";
import { Code, messageIn, Sheet } from "./parts.ts";
import type { ViewProps } from "./view-props.ts";

interface RecordBarProps extends ViewProps {
  readonly chosen: ReadonlySet<number>;
  clear(): void;
}

export function RecordBar({ api, say, chosen, clear }: RecordBarProps): VNode | null {
  const [made, setMade] = useState<{ readonly file: string; readonly left: readonly string[] } | undefined>();
  if (chosen.size === 0 && !made) return null;
  const make = (): void => {
    say("");
    api.record([...chosen]).then(setMade, (error: unknown) => say(messageIn(error), "bad"));
  };
  const close = (): void => {
    setMade(undefined);
    clear();
  };
  return html`
    <div class="tools">
      <button type="button" class="main" onClick=${make}>Make a test of ${counted(chosen.size, "message")}</button>
      <button type="button" class="plain" onClick=${clear}>Clear the selection</button>
    </div>
    ${
      made &&
      html`
        <${Sheet} title="A test of these messages" close=${close}>
          <p>It publishes them on the embedded broker, with a virtual clock. Save it as <code>test/recorded.test.ts</code>.</p>
          ${made.left.length > 0 && html`<ul class="issues">${made.left.map((one) => html`<li>${one}</li>`)}</ul>`}
          <div class="actions"><button type="button" class="main" onClick=${() => copy(made.file, say)}>Copy</button></div>
          <${Code} text=${made.file} label="The test" />
        <//>
      `
    }
  `;
}

function copy(text: string, say: ViewProps["say"]): void {
  navigator.clipboard.writeText(text).then(
    () => say("Copied."),
    () => say("The browser does not allow copying. Select the text instead.", "bad"),
  );
}
