import type { BuiltPayload, ParsedMessage, Service } from "tomodachi";

export interface Letter {
  readonly from: string;
  readonly data: unknown;
}

export interface LetterOptions {
  /** Refuses letters of any other sender. @default every sender is accepted */
  readonly sender?: string;
}

/**
 * An envelope is any object with these methods. If `parseMessage` throws, the message is dead-lettered with the error
 * as the reason.
 */
export const LetterEnvelope = {
  buildMessage(service: Service, _topic: string, data: unknown): BuiltPayload {
    return { payload: JSON.stringify({ from: service.name, data }), contentType: "application/json" };
  },

  parseMessage(payload: Buffer, options: LetterOptions): ParsedMessage<Letter> {
    const letter = JSON.parse(payload.toString("utf8")) as Letter;
    if (options.sender !== undefined && letter.from !== options.sender) {
      throw new Error(`a letter from ${letter.from}, where only ${options.sender} may write`);
    }
    return { message: letter };
  },

  validate({ sender }: LetterOptions): void {
    if (sender === "") throw new Error('"sender" must not be empty');
  },
};
