/** The frame of the page: header, navigation, the open view, and the sheet above it. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useState } from "preact/hooks";
import { amount } from "../view/show-time.ts";
import type { Api } from "./api.ts";
import { DeadLettersTab } from "./dead-letters-tab.ts";
import { FlowTab } from "./flow-tab.ts";
import { LogsTab } from "./logs-tab.ts";
import { MessageSheet } from "./message-sheet.ts";
import { MessagesTab } from "./messages-tab.ts";
import { PublishTab } from "./publish-tab.ts";
import { RetriesTab } from "./retries-tab.ts";
import type { PageState, Store } from "./store.ts";
import { applyTheme, nextTheme, storedTheme } from "./theme.ts";
import { deadLetterCount, type ViewProps } from "./view-props.ts";

const views = [
  { name: "flow", title: "Flow" },
  { name: "messages", title: "Messages" },
  { name: "retries", title: "Retries" },
  { name: "dead-letters", title: "Dead letters" },
  { name: "publish", title: "Publish" },
  { name: "logs", title: "Logs" },
] as const;

const components = {
  flow: FlowTab,
  messages: MessagesTab,
  retries: RetriesTab,
  "dead-letters": DeadLettersTab,
  publish: PublishTab,
  logs: LogsTab,
} as const;

type ViewName = keyof typeof components;

interface Said {
  readonly text: string;
  readonly kind: "good" | "bad";
}

const saidMs = 7000;

export function App({ api, store }: { readonly api: Api; readonly store: Store }): VNode {
  const state = useStore(store);
  const { name, detail } = usePlace();
  const [opened, setOpened] = useState<number | undefined>();
  const [said, setSaid] = useState<Said | undefined>();
  useEffect(() => {
    const timer = said && setTimeout(() => setSaid(undefined), saidMs);
    return () => clearTimeout(timer);
  }, [said]);
  // A report belongs to the view in which it appeared. At once: a report of the new view must stay.
  useLayoutEffect(() => setSaid(undefined), [name]);
  const props: ViewProps = useMemo(
    () => ({
      api,
      state,
      detail,
      say: (text, kind = "good") => setSaid({ text, kind }),
      counted: (queue, messages) => store.counted(queue, messages),
      open: setOpened,
      go: (place) => {
        location.hash = `/${place}`;
      },
    }),
    [api, store, state, detail],
  );
  if (state.link === "refused") return html`<${Refused} />`;
  const title = views.find((view) => view.name === name)?.title;
  return html`
    <a class="skip" href="#main" onClick=${focusMain}>Skip to the content</a>
    <${Head} state=${state} current=${name} />
    <div class="said" role="status" aria-live="polite">
      ${said && html`<p class=${said.kind}>${said.text}</p>`}
    </div>
    <main id="main" tabindex="-1" aria-labelledby="view-title">
      <h1 id="view-title" class=${name === "flow" ? "unseen" : ""}>${title}</h1>
      ${state.plan ? html`<${components[name]} ...${props} />` : html`<p class="quiet">Connecting to the service …</p>`}
    </main>
    ${opened !== undefined && html`<${MessageSheet} ...${props} number=${opened} close=${() => setOpened(undefined)} />`}
  `;
}

/** The address hash is the place in the page, so the link sets the focus by itself. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Refused(): VNode {
  return html`
    <main class="alone">
      <h1>The token is missing or wrong</h1>
      <p>
        Open the address that <code>tomodachi</code> printed when it started. It ends with the token, which is new at each start
        unless <code>TOMODACHI_CONSOLE_TOKEN</code> sets it.
      </p>
    </main>
  `;
}

function Head({ state, current }: { readonly state: PageState; readonly current: ViewName }): VNode {
  const { plan, live } = state;
  const [theme, setTheme] = useState(storedTheme);
  const change = (): void => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  const counts: Partial<Record<ViewName, number>> = {
    retries: (live?.retries.length ?? 0) + (live?.moreRetries ?? 0),
    "dead-letters": deadLetterCount(state),
  };
  return html`
    <header>
      <div class="brand">
        <span class="name">tomodachi</span>
        <span class="services">${plan?.services.filter((name) => name !== "").join(", ")}</span>
        <${Link} state=${state} />
        <span class="where" title="The broker">${plan?.brokers.join(" and ")}</span>
        <button type="button" class="plain theme" onClick=${change}>
          Theme: ${{ system: "auto", light: "light", dark: "dark" }[theme]}
        </button>
      </div>
      <nav aria-label="Views">
        ${views.map(({ name, title }) => {
          const count = counts[name] ?? 0;
          return html`
            <a href=${`#/${name}`} aria-current=${current === name ? "page" : undefined}>
              ${title}${count > 0 && html` <span class=${`count ${name}`}>${amount(count)}</span>`}
            </a>
          `;
        })}
      </nav>
    </header>
    ${(live?.problems.length ?? 0) + (live?.brokerTrouble === undefined ? 0 : 1) > 0 && html`<${Problems} state=${state} />`}
  `;
}

function Link({ state: { link, live, plan } }: { readonly state: PageState }): VNode {
  const lost = link !== "open";
  const text = lost ? (link === "lost" ? "connection lost" : "connecting") : (live?.state ?? "");
  const kind = lost ? "bad" : live && live.problems.length > 0 ? "warn" : "good";
  return html`
    <span class=${`pill ${kind}`}>${text}</span>
    ${plan && !plan.mayChange && html`<span class="pill">read-only</span>`}
  `;
}

function Problems({ state: { live } }: { readonly state: PageState }): VNode {
  const all = [...(live?.problems ?? []), ...(live?.brokerTrouble === undefined ? [] : [live.brokerTrouble])];
  return html`
    <section class="problems" aria-label="Problems">
      <ul>
        ${all.map((problem) => html`<li>${problem}</li>`)}
      </ul>
    </section>
  `;
}

function useStore(store: Store): PageState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.subscribe(() => setState(store.state));
  }, [store]);
  return state;
}

function usePlace(): { readonly name: ViewName; readonly detail: string } {
  const [hash, setHash] = useState(location.hash);
  useLayoutEffect(() => {
    const change = (): void => setHash(location.hash);
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  const [, name = "", detail = ""] = /^#\/([a-z-]+)(?:\/(.*))?$/.exec(hash) ?? [];
  return { name: name in components ? (name as ViewName) : "flow", detail: decodeURIComponent(detail) };
}
