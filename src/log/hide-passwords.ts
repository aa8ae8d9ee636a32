/** Takes the passwords out of URLs in a string, whoever put them there: what is shown is kept for long and read by many. */

/** To the last "@" before a space or a quote: a password may hold "/", ":" and "@" that nobody encoded. Bounded, so that no text takes long. */
const userOfUrl = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"'`]{0,500}):[^\s"'`]{0,500}@/gi;

/** What usage texts write in the place of a password. */
const placeholder = "username:password@";

/** `amqp://username:secret@host` becomes `amqp://username:***@host`. Everything else stays as it is. */
export function hidePasswords(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(userOfUrl, (url, username: string) =>
    url.endsWith(`//${placeholder}`) ? url : `${username}:***@`,
  );
}
