// The pages of the site in the order in which a reader meets them. A test checks that no page of docs/ is missing.

/** @type {readonly { title: string; collapsed?: boolean; pages: readonly string[] }[]} */
export const sections = [
  {
    title: "Tutorial",
    pages: [
      "tutorial/1-first-service",
      "tutorial/2-contracts",
      "tutorial/3-failures",
      "tutorial/4-http",
      "tutorial/5-tests",
      "tutorial/6-production",
    ],
  },
  {
    title: "Start here",
    pages: [
      "guides/getting-started",
      "guides/services",
      "guides/command-line",
      "guides/messages-by-hand",
      "guides/console",
      "guides/troubleshooting",
    ],
  },
  {
    title: "Concepts",
    pages: ["concepts/message", "concepts/retries", "concepts/topology", "concepts/ordering", "concepts/shutdown"],
  },
  {
    title: "Messages",
    pages: [
      "guides/subscribing",
      "guides/publishing",
      "guides/requests",
      "guides/contracts",
      "guides/envelopes",
      "guides/headers",
      "guides/batches",
      "guides/failures",
      "guides/dead-letters",
    ],
  },
  {
    title: "Recipes",
    pages: [
      "recipes/transactions",
      "recipes/idempotency",
      "recipes/fan-out",
      "recipes/request-reply",
      "recipes/large-payloads",
      "recipes/queue-migrations",
      "recipes/blue-green",
    ],
  },
  { title: "Schedules and HTTP", pages: ["guides/schedules", "guides/http", "guides/transports"] },
  {
    title: "Around a handler",
    pages: ["guides/middleware", "guides/context", "guides/logging", "guides/options", "guides/testing"],
  },
  {
    title: "Production",
    pages: [
      "guides/production",
      "guides/deploy",
      "guides/kubernetes",
      "guides/operations",
      "guides/prometheus",
      "guides/opentelemetry",
      "guides/credentials",
      "guides/permissions",
    ],
  },
  {
    title: "Move to tomodachi",
    pages: [
      "migrate/queues",
      "migrate/amqplib",
      "migrate/golevelup",
      "migrate/nestjs",
      "migrate/rascal",
      "guides/python",
      "migrating-from-python",
    ],
  },
  { title: "Look it up", pages: ["faq", "comparison", "errors", "benchmarks", "conformance", "changelog"] },
  {
    title: "How it is built",
    collapsed: true,
    pages: ["contributing", "how-to-add", "architecture", "decisions/index"],
  },
];
