export function dataOf(id: number, bytes: number): object;
export function envelopeOf(
  uuid: string,
  topic: string,
  data: unknown,
): { readonly messageUuid: string; readonly envelope: object };
export function propertiesOf(messageId: string): { readonly persistent: true; readonly messageId: string };
