/** Media types that decide how data is written. */

/** Whether data of this media type is JSON (CloudEvents 1.0, JSON format, 3.1). */
export function isJson(mediaType: string): boolean {
  return /^[^;/]+\/(?:[^;]+\+)?json\s*(?:;|$)/i.test(mediaType.trim());
}

export function isText(mediaType: string): boolean {
  return /^text\//i.test(mediaType.trim());
}
