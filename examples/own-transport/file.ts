// What users of the transport import: the decorator, the type of its context, and the function that writes files.
import {
  createDecorator,
  type HandlerDecorator,
  type MessageContext,
  type ServiceInstance,
  transportOf,
} from "tomodachi";
import { fileTransport } from "./file-transport.ts";

/** The second argument of a handler of `@file`. */
export interface FileContext extends MessageContext {
  readonly fileName: string;
}

/** Calls the method with the content of each new file whose name has this ending. */
export function file(ending: string): HandlerDecorator<Buffer, FileContext> {
  return createDecorator(fileTransport, { ending }, `@file(${JSON.stringify(ending)})`);
}

/** Writes a file into the folder of the service's transport. */
export function writeFileTo(service: ServiceInstance, name: string, content: string | Uint8Array): Promise<void> {
  return transportOf(service, fileTransport).write(name, content);
}
