/** Asks before something is done to several messages, or cannot be undone. */

import { html } from "htm/preact";
import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { Sheet } from "./parts.ts";

interface ConfirmProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** The text of the button, and its text while the action runs. */
  readonly action: string;
  readonly doing: string;
  readonly isDanger?: boolean;
  close(): void;
  confirm(): Promise<void>;
}

export function Confirm({ title, children, action, doing, isDanger = false, close, confirm }: ConfirmProps): VNode {
  const [busy, setBusy] = useState(false);
  const act = (): void => {
    setBusy(true);
    void confirm();
  };
  return html`
    <${Sheet} narrow title=${title} close=${close}>
      ${children}
      <div class="actions">
        <button type="button" class=${isDanger ? "danger" : "main"} disabled=${busy} onClick=${act}>${busy ? doing : action}</button>
        <button type="button" onClick=${close}>Cancel</button>
      </div>
    <//>
  `;
}
