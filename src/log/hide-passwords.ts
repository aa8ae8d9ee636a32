/** Hides the passwords of all URLs in a string: many people read logs and errors, also much later. */

/** To the last "@" before a space or a quote: a password may contain "/", ":" and "@" without encoding. Bounded, so that no string takes long. */
const userOfUrl = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"'`]{0,500}):[^\s"'`]{0,500}@/gi;

/** What usage messages write in place of a password. */
const placeholder = "username:password@";

/** `amqp://username:secret@host` becomes `amqp://username:***@host`. Everything else stays as it is. */
export function hidePasswords(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(userOfUrl, (url, username: string) =>
    url.endsWith(`//${placeholder}`) ? url : `${username}:***@`,
  );
}
