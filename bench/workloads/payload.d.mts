export function dataOf(id: number, bytes: number): object;
export function envelopeOf(
  uuid: string,
  topic: string,
  data: unknown,
): { readonly messageUuid: string; readonly envelope: { readonly service: object; readonly metadata: object } };
export function propertiesOf(messageId: string): { readonly persistent: true; readonly messageId: string };
