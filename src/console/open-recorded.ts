/** Opens a message of the list: read as its handler reads it, with its history. */
import { bodyView } from "./broker/body-view.ts";
import { factsIn } from "./broker/dead-letter-view.ts";
import type { PlannedServices } from "./broker/planned-services.ts";
import { readingFor } from "./broker/readings.ts";
import type { RecordedMessage } from "./run/recorded-message.ts";
import { factsOf, wayOf } from "./run/way.ts";
import type { MessageView } from "./view/message-view.ts";

export async function openRecorded(
  message: RecordedMessage,
  all: readonly RecordedMessage[],
  { subscriptions, services }: Pick<PlannedServices, "subscriptions" | "services">,
): Promise<MessageView> {
  const { row, content, headers, properties, queue } = message;
  const sender = services.find(({ name }) => name === row.service);
  const reading = readingFor({ ...row, queue }, subscriptions, sender);
  return {
    facts: factsOf(message),
    body: await bodyView({ content, bytes: row.bytes, headers, properties }, reading),
    headers: factsIn(headers),
    properties: factsIn(properties),
    way: wayOf(message, all),
  };
}
