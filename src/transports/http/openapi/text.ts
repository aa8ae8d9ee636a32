/** Escapes text for the page; only a few elements of Markdown become markup. */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Converts paragraphs, `code` and **bold**. */
export function markdown(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const inner = escaped(paragraph)
        .replace(/`([^`]+)`/g, "<code>$1</code>")
        .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");
      return `<p>${inner}</p>`;
    })
    .join("");
}
