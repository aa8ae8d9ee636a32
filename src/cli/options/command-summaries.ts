/** One line for every command in `tomodachi --help`, grouped by what a person wants to do. */
import type { CommandName } from "./option.ts";

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly (readonly [name: CommandName, summary: string])[];
}

export const commandGroups: readonly CommandGroup[] = [
  {
    title: "Build and run",
    commands: [
      ["new", "write a new project: a service, a test, and what it takes to run it"],
      ["run", "run the services that files export, and restart them on changes"],
      ["broker", "run the embedded broker alone, for development and tests"],
      ["completion", "print a script that completes commands in your shell"],
    ],
  },
  {
    title: "Understand a service",
    commands: [
      ["describe", "its handlers, queues, retries, routes and schedules"],
      ["config", "its options, and where each value comes from"],
      ["doctor", "whether it would start on its broker, and what prevents it"],
      ["trace", "where a message goes, and why it does not arrive"],
      ["console", "a page that shows its queues and dead letters, on any broker"],
    ],
  },
  {
    title: "Messages",
    commands: [
      ["publish", "send messages by hand"],
      ["tail", "show the messages that pass"],
      ["record", "write messages as a test that plays them"],
      ["dlq", "list, show, replay, move, purge, export and import dead letters"],
      ["schedule", "list the schedules of services, and start one now"],
    ],
  },
  {
    title: "Set up a broker",
    commands: [
      ["topology", "the exchanges, queues and permissions that services need"],
      ["migrate", "what to write to take over the queues of Python tomodachi"],
    ],
  },
];
