/** The public exports of this folder: the envelopes, their message types and their error. */
export { EnvelopeError } from "./errors.ts";
export { Json } from "./json.ts";
export { JsonBase, type JsonBaseMessage } from "./json-base.ts";
export { RawBytes } from "./raw-bytes.ts";
