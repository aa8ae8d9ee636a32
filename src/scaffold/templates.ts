/** The templates for new projects: what each one adds to the common files. */

export type TemplateName = "minimal" | "contracts" | "http";

export const templateNames: readonly TemplateName[] = ["minimal", "contracts", "http"];

export interface Template {
  /** A description on one line. */
  readonly about: string;
  /** Packages that the project needs, besides tomodachi. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** A port of the host in compose.yaml; undefined if none is published. */
  readonly port: number | undefined;
  /** Lines of the README that say how to try the project. */
  readonly howToTry: readonly string[];
}

export const templates: Readonly<Record<TemplateName, Template>> = {
  minimal: {
    about: "two handlers, one publish, one test",
    dependencies: {},
    port: undefined,
    howToTry: ["While it runs, send it a message:", "", "```sh", "npx tomodachi publish greeting.asked friend", "```"],
  },
  contracts: {
    about: "messages as contracts with schemas of zod, retries",
    dependencies: { zod: "^4.6.7" },
    port: undefined,
    howToTry: [
      "While it runs, send it a message; the data is checked by the contract:",
      "",
      "```sh",
      `npx tomodachi publish order.42.placed '{"customer": "Ann", "total": 25}' --service src/`,
      "```",
    ],
  },
  http: {
    about: "HTTP routes that publish, and a handler",
    dependencies: { zod: "^4.6.7" },
    port: 8080,
    howToTry: [
      "While it runs, place an order and look at it:",
      "",
      "```sh",
      `curl -X POST http://127.0.0.1:8080/orders -H 'content-type: application/json' -d '{"id": "42", "total": 25}'`,
      "curl http://127.0.0.1:8080/orders/42",
      "```",
    ],
  },
};
