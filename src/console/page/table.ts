/**
 * A table whose rows become cards on a narrow page. CSS then changes how its elements are displayed, and browsers no longer treat them as a
 * table, so the roles are written out.
 */

import { html } from "htm/preact";
import type { ComponentChildren, VNode } from "preact";

export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Whether its title is only for screen readers. */
  readonly isUnseen?: boolean;
}

interface TableProps {
  /** Describes the rows, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column[];
  readonly children: ComponentChildren;
}

export function Table({ label, columns, children }: TableProps): VNode {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${label}>
      <table role="table" aria-label=${label}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map(
              ({ title, isNumber = false, isUnseen = false }) => html`
                <th role="columnheader" scope="col" class=${isNumber ? "number" : ""}>
                  ${isUnseen ? html`<span class="unseen">${title}</span>` : title}
                </th>
              `,
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${children}
        </tbody>
      </table>
    </div>
  `;
}

interface CellProps {
  /** The title of its column, which a card shows before the value; undefined if the value needs no title. */
  readonly of?: string;
  readonly class?: string;
  readonly children?: ComponentChildren;
}

export function Cell({ of, class: name = "", children }: CellProps): VNode {
  return html`<td role="cell" data-label=${of} class=${name}>${children}</td>`;
}
