/** Services as a diagram for Mermaid (https://mermaid.js.org): exchanges, queues, handlers, and where failures go. */
import type { ServiceDescription } from "./service-description.ts";

/** One diagram of all of them: services that share an exchange meet there. */
export function descriptionMermaid(descriptions: readonly ServiceDescription[]): readonly string[] {
  const nodes = new Nodes();
  const inside = descriptions.flatMap(({ service, handlers, http, schedules, others }) => {
    const names = [
      ...handlers.map(({ handler }) => handler),
      ...(http?.routes ?? []).map(({ handler }) => handler),
      ...schedules.map(({ handler }) => handler),
      ...others.map(({ handler }) => handler),
    ];
    return [
      `  subgraph ${nodes.of("service", service)}[${quoted(service)}]`,
      ...[...new Set(names)].map(
        (handler) => `    ${nodes.of("handler", `${service} ${handler}`)}[${quoted(handler)}]`,
      ),
      "  end",
    ];
  });
  const edges = descriptions.flatMap((description) => edgesOf(description, nodes));
  return ["flowchart LR", ...inside, ...nodes.outside(), ...new Set(edges)];
}

function edgesOf({ service, handlers, http, schedules, others }: ServiceDescription, nodes: Nodes): readonly string[] {
  const handlerNode = (name: string): string => nodes.of("handler", `${service} ${name}`);
  return [
    ...handlers.flatMap(({ handler, exchange, patterns, queue, deadLetterQueue, retry }) => {
      const from = nodes.of("exchange", exchange.name);
      const by = nodes.of("queue", queue);
      const retries = retry !== null && retry.delays.length > 0;
      return [
        ...patterns.map(({ pattern }) => `  ${from} -->|${quoted(pattern)}| ${by}`),
        `  ${by} --> ${handlerNode(handler)}`,
        ...(retries
          ? [`  ${handlerNode(handler)} -.->|${quoted(`again after ${retry.delays.join(", ")}`)}| ${by}`]
          : []),
        `  ${handlerNode(handler)} -.->|"fails"| ${nodes.of("dead letters", deadLetterQueue)}`,
      ];
    }),
    ...(http?.routes ?? []).map(({ handler, methods, path, kind }) => {
      return `  ${nodes.of("client", kind === "websocket" ? "web socket" : "HTTP")} -->|${quoted([methods.join(", "), path].join(" ").trim())}| ${handlerNode(handler)}`;
    }),
    ...schedules.map(
      ({ handler, when }) => `  ${nodes.of("client", "clock")} -->|${quoted(when)}| ${handlerNode(handler)}`,
    ),
    ...others.map(({ handler, transport, trigger }) => {
      return `  ${nodes.of("client", transport)} -->|${quoted(trigger)}| ${handlerNode(handler)}`;
    }),
  ];
}

type NodeKind = "service" | "handler" | "exchange" | "queue" | "dead letters" | "client";

/** Ids of nodes: names may hold anything, and words such as "end" mean something in a diagram. */
class Nodes {
  readonly #ids = new Map<string, string>();
  readonly #outside: string[] = [];

  of(kind: NodeKind, name: string): string {
    const key = `${kind} ${name}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `n${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    if (kind === "exchange") this.#outside.push(`  ${id}{{${quoted(name || "default exchange")}}}`);
    if (kind === "queue" || kind === "dead letters") this.#outside.push(`  ${id}[(${quoted(name)})]`);
    if (kind === "client") this.#outside.push(`  ${id}([${quoted(name)}])`);
    return id;
  }

  /** Everything that belongs to no service. */
  outside(): readonly string[] {
    return this.#outside;
  }
}

/** https://mermaid.js.org/syntax/flowchart.html: characters by their number where they would mean something. */
function quoted(text: string): string {
  return `"${text.replace(/["#<>`\p{Cc}]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
}
