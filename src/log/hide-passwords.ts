/** Takes the passwords out of URLs in a text, whoever put them there: what is shown is kept for long and read by many. */

/** To the last "@" before a space or a quote: a password may hold "/", ":" and "@" that nobody encoded. Bounded, so that no text takes long. */
const loginOfUrl = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"'`]{0,500}):[^\s"'`]{0,500}@/gi;

/** `amqp://login:secret@host` becomes `amqp://login:***@host`. Everything else stays as it is. */
export function hidePasswords(text: string): string {
  return text.includes("://") ? text.replace(loginOfUrl, "$1:***@") : text;
}
