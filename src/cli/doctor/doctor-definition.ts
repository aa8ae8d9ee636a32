/** `tomodachi doctor`: its options, and its help. */

import { brokerToAsk } from "../options/broker-option.ts";
import type { CommandDefinition } from "../options/command-definition.ts";
import { doctorOptions } from "../options/doctor-options.ts";
import { doctorSettings } from "./doctor-arguments.ts";

export const doctorDefinition: CommandDefinition = {
  options: {
    broker: brokerToAsk,
    ...doctorOptions,
    json: { type: "boolean", help: "One JSON document with every finding" },
  },
  usageOpening: [
    "Usage: tomodachi doctor [file or folder]... [options]",
    "",
    "Connects to the broker and says what it is, whether it has an alarm, and whether the login has the",
    "permissions that the services need. It compares each exchange, queue and binding with what the",
    "services would declare. It changes nothing on the broker. Without services it looks at the broker",
    "alone. The services are loaded, not started.",
  ],
  usageEnd: [
    "Exit code: 0 when the services would start; 1 when something prevents it; 2 for wrong usage.",
    "",
    "Examples:",
    "  tomodachi doctor service/",
    "  tomodachi doctor service/ --broker amqp://orders:secret@rabbitmq.internal/shop",
    "  tomodachi doctor service/ --management http://rabbitmq.internal:15672",
    "  tomodachi doctor service/ --target 4.3",
  ],
  prepare(words) {
    const settings = doctorSettings(words);
    return async () => (await import("./doctor.ts")).runDoctor(settings);
  },
};
