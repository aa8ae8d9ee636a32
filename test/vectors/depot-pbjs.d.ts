/** The part of `depot-pbjs.js` that tests use. */
interface MessageClass {
  new (properties?: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  verify(message: object): string | null;
}
export const interop: { depot: Record<"Parcel" | "Place" | "Blank", MessageClass> };
