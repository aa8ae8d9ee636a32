/** The picture: routing keys lead to queues, and queues lead to handlers. */

import { html } from "htm/preact";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { HandlerLive, LiveView } from "../view/live-view.ts";
import type { PlanView, SubscriptionView } from "../view/plan-view.ts";
import { amount, countdown, counted, delay, duration, rate } from "../view/show-time.ts";
import { type DrawnService, drawnServices, serviceTitle } from "./drawn-services.ts";
import { clockMinute, Dotted, Empty, messageIn, useNow } from "./parts.ts";
import { Published } from "./published.ts";
import { deadLetterCount, type ViewProps } from "./view-props.ts";

const shownTicks = 60;
/** If there are more queues than this, they are drawn with less height, and without idle parts. */
const mostTallLanes = 8;

export function FlowTab(props: ViewProps): VNode {
  const { state } = props;
  const { plan, live } = state;
  if (!plan || !live) return html`<p class="quiet">Waiting for the first state …</p>`;
  const { drawn, withoutHandlers } = drawnServices(plan);
  return html`
    <${Figures} ...${props} />
    ${live.countedSince !== undefined && html`<p class="quiet since">Done, failed and published messages are counted since ${clockMinute(live.countedSince)}: the console counts only while its page is open.</p>`}
    ${drawn.length === 0 && html`<${Empty} title="No service has a handler.">A handler appears here with its routing keys and its queue.<//>`}
    ${drawn.map((one) => html`<${ServicePicture} key=${one.name} ...${props} service=${one} />`)}
    ${drawn.length > 0 && withoutHandlers.length > 0 && html`<p class="quiet without">Without handlers: ${withoutHandlers.join(", ")}</p>`}
    ${live.published.length > 0 && html`<${Published} published=${live.published} plan=${plan} />`}
  `;
}

function ServicePicture({ service, ...props }: ViewProps & { readonly service: DrawnService }): VNode {
  const { name, subscriptions, others } = service;
  const title = serviceTitle(name);
  return html`
    <section class="service" aria-label=${title}>
      <h2>${title}</h2>
      ${
        subscriptions.length > 0 &&
        html`
          <div class=${`lanes ${(props.state.plan?.subscriptions.length ?? 0) > mostTallLanes ? "dense" : ""}`}>
            <div class="lane heads" aria-hidden="true"><span>Routing keys</span><span></span><span>Queue</span><span></span><span>Handler</span></div>
            ${subscriptions.map((one) => html`<${Lane} key=${one.id} ...${props} subscription=${one} />`)}
          </div>
        `
      }
      ${
        others.length > 0 &&
        html`<ul class="others">${others.map(({ handler, label }) => html`<li><code>${label}</code> ${handler}</li>`)}</ul>`
      }
    </section>
  `;
}

function Figures({ state, go }: ViewProps): VNode {
  const { live, plan } = state;
  const handlers = Object.values(live?.handlers ?? {});
  const perSecond = handlers.reduce((sum, one) => sum + one.perSecond, 0);
  const inFlight = handlers.reduce((sum, one) => sum + one.inFlight, 0);
  const waiting = waitingRetries(plan, live);
  const dead = deadLetterCount(state);
  return html`
    <dl class="figures">
      <div><dt>Handled per second</dt><dd>${plan?.mode === "run" ? rate(perSecond) : "–"}<${Spark} value=${perSecond} at=${live?.at ?? 0} /></dd></div>
      <div><dt>In flight</dt><dd>${plan?.mode === "run" ? amount(inFlight) : "–"}</dd></div>
      <div class=${waiting > 0 ? "warn" : ""}>
        <dt>Retries waiting</dt>
        <dd>${waiting > 0 ? html`<button type="button" class="link" onClick=${() => go("retries")}>${amount(waiting)}</button>` : "0"}</dd>
      </div>
      <div class=${dead > 0 ? "bad" : ""}>
        <dt>Dead letters</dt>
        <dd>${dead > 0 ? html`<button type="button" class="link" onClick=${() => go("dead-letters")}>${amount(dead)}</button>` : "0"}</dd>
      </div>
    </dl>
  `;
}

/** The broker counts the retries of all instances. Without a broker, those that this process made are counted. */
function waitingRetries(plan: PlanView | undefined, live: LiveView | undefined): number {
  const own = (live?.retries.length ?? 0) + (live?.moreRetries ?? 0);
  const counted = plan?.retryQueues.reduce((sum, { queue }) => sum + (live?.queues[queue]?.messages ?? 0), 0) ?? 0;
  return Math.max(own, counted);
}

/** The last half minute as a line. */
function Spark({ value, at }: { readonly value: number; readonly at: number }): VNode {
  const [values, setValues] = useState<readonly number[]>([]);
  useEffect(() => setValues((before) => [...before, value].slice(-shownTicks)), [at]);
  const most = Math.max(...values, 1);
  const first = shownTicks - values.length;
  const points = values.map((one, index) => `${(first + index) * 2},${(23 - (one / most) * 21).toFixed(1)}`).join(" ");
  return html`<svg class="spark" viewBox="0 0 118 24" preserveAspectRatio="none" aria-hidden="true"><polyline points=${points} /></svg>`;
}

function Lane({ subscription, state, ...props }: ViewProps & { readonly subscription: SubscriptionView }): VNode {
  const { id, patterns, exchange, queue, deadLetterQueue, retryDelaysMs, service, handler } = subscription;
  const live = state.live?.handlers[id];
  const flows = (live?.perSecond ?? 0) > 0;
  const depth = state.live?.queues[queue];
  const dead = state.live?.queues[deadLetterQueue]?.messages ?? 0;
  const waiting = (state.live?.retries ?? []).filter((one) => one.service === service && one.handler === handler);
  return html`
    <div class="lane" role="group" aria-label=${`${subscription.handler}, queue ${queue}`}>
      <div class="card keys">
        <ul>${patterns.length > 0 ? patterns.map((pattern) => html`<li><${Dotted} text=${pattern} /></li>`) : html`<li>the name of the queue</li>`}</ul>
        <p class="quiet">${exchange || "default exchange"}</p>
      </div>
      <${Arrow} flows=${flows} label="" />
      <div class=${`card queue ${dead > 0 ? "has-dead" : ""}`}>
        <p class="title"><${Dotted} text=${queue} /></p>
        <p class="quiet">
          ${
            depth === null
              ? "does not exist"
              : depth
                ? `${counted(depth.messages, "message")} waiting, ${counted(depth.consumers, "consumer")}`
                : subscription.queueType
          }
        </p>
        <ul class="chips">
          ${retryDelaysMs.map((delayMs) => {
            const messages = waiting.filter((one) => one.delayMs === delayMs).length;
            return html`<li class=${messages > 0 ? "warn" : ""}>retry ${delay(delayMs)}${messages > 0 && html` <b>${amount(messages)}</b>`}</li>`;
          })}
          ${waiting[0] && html`<${NextRetry} dueAt=${waiting[0].dueAt} clockAhead=${state.clockAhead} />`}
          <li class=${dead > 0 ? "bad" : ""}>
            ${
              dead > 0
                ? html`<button type="button" class="link" onClick=${() => props.go(`dead-letters/${encodeURIComponent(deadLetterQueue)}`)}>
                  dead letters <b>${amount(dead)}</b>
                </button>`
                : "no dead letters"
            }
          </li>
        </ul>
      </div>
      <${Arrow} flows=${flows} label=${state.plan?.mode === "run" ? `${rate(live?.perSecond ?? 0)}/s` : ""} />
      <${HandlerCard} subscription=${subscription} live=${live} state=${state} ...${props} />
    </div>
  `;
}

/** The time until the first waiting message comes back. */
function NextRetry({ dueAt, clockAhead }: { readonly dueAt: number; readonly clockAhead: number }): VNode {
  return html`<li class="warn">next in <b class="number">${countdown(dueAt, useNow() + clockAhead)}</b></li>`;
}

function HandlerCard({
  subscription: { handler, service },
  live,
  state,
  api,
  say,
}: ViewProps & { readonly subscription: SubscriptionView; readonly live: HandlerLive | undefined }): VNode {
  const isRun = state.plan?.mode === "run";
  const name = `${service}.${handler}`;
  const toggle = (): void => {
    const paused = live?.paused === undefined;
    api.pause(name, paused).then(
      () => say(paused ? `${name} is paused: it starts no more messages.` : `${name} is resumed.`),
      (error: unknown) => say(messageIn(error), "bad"),
    );
  };
  const failed = (live?.retried ?? 0) + (live?.deadLettered ?? 0) + (live?.requeued ?? 0);
  const status = !isRun ? "" : live?.paused !== undefined ? "warn" : live?.healthy ? "good" : "bad";
  const statusText = live?.paused !== undefined ? "paused" : live?.healthy ? "consuming" : "not consuming";
  const toggleButton =
    isRun &&
    state.plan?.mayChange &&
    html`<button type="button" class="small" aria-label=${`${live?.paused === undefined ? "Pause" : "Resume"} ${name}`} onClick=${toggle}>
      ${live?.paused === undefined ? "Pause" : "Resume"}
    </button>`;
  return html`
    <div class="card handler">
      <p class="title"><code>${handler}</code>${isRun && html`<span class=${`dot ${status}`} title=${statusText}><span class="unseen">${statusText}</span></span>`}${toggleButton}</p>
      ${
        isRun &&
        html`
          <p class="quiet">
            ${amount(live?.inFlight ?? 0)} in flight, ${amount(live?.done ?? 0)} done${failed > 0 && html`, <b class="bad-text">${amount(failed)} failed</b>`}
          </p>
          ${live?.medianMs !== undefined && html`<p class="quiet">median ${duration(live.medianMs)}</p>`}
          ${live?.paused !== undefined && html`<p class="warn-text">${live.paused}</p>`}
        `
      }
    </div>
  `;
}

function Arrow({ flows, label }: { readonly flows: boolean; readonly label: string }): VNode {
  return html`
    <div class=${`arrow ${flows ? "flows" : ""}`}>
      ${label && html`<span>${label}</span>`}
      <svg viewBox="0 0 72 12" preserveAspectRatio="none" aria-hidden="true"><path d="M0 6h66" /><path class="tip" d="M62 2l5 4-5 4" /></svg>
    </div>
  `;
}
