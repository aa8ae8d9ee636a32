/** Links of Markdown pages, as the site needs them. */
import { posix } from "node:path";

/** A page of the site: where its text is in the repository, and its path on the site without ending. */
export interface SourcePage {
  readonly file: string;
  readonly page: string;
}

/**
 * Turns the links of a page to files of the repository into links of the site. A link to a file that is not a page, such as a source
 * file, becomes its text: the site does not have that file.
 */
export function rewriteLinks(text: string, { file, page }: SourcePage, pageOf: ReadonlyMap<string, string>): string {
  return outsideCode(text, (prose) =>
    prose.replace(
      /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g,
      (whole, image: string, label: string, target: string) => {
        if (image !== "" || /^[a-z]+:|^#/.test(target)) return whole;
        const [path = "", anchor] = target.split("#");
        const wanted = posix.normalize(posix.join(posix.dirname(file), path)).replace(/\/$/, "");
        const found = pageOf.get(wanted);
        if (found === undefined) return label;
        const relative = posix.relative(posix.dirname(page), found);
        return `[${label}](${relative.startsWith(".") ? relative : `./${relative}`}${anchor === undefined ? "" : `#${anchor}`})`;
      },
    ),
  );
}

/**
 * Escapes what VitePress would read as a component or an expression of Vue: `<name>` and `{{ }}` outside of code. Comments of HTML
 * stay.
 */
export function escapeForVue(text: string): string {
  return outsideCode(text, (prose) =>
    prose
      .replaceAll("{{", "&#123;&#123;")
      .replace(/<(?!!--|\/?(?:p|img|br|a|picture|source|details|summary|div|sub|sup|kbd)\b)/g, "&lt;"),
  );
}

/** Changes the prose of a page, and neither its code blocks nor its inline code. */
function outsideCode(text: string, change: (prose: string) => string): string {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .map((block, at) => (at % 2 === 1 ? block : betweenCode(block, change)))
    .join("");
}

/** Inline code stays as it is, also where it is the label of a link. */
function betweenCode(block: string, change: (prose: string) => string): string {
  const codes: string[] = [];
  const held = block.replace(/(`+)[^`][\s\S]*?\1/g, (code) => `\u0000${codes.push(code) - 1}\u0000`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a character that no page has marks where the code was
  return change(held).replace(/\u0000(\d+)\u0000/g, (_mark, at: string) => codes[Number(at)] ?? "");
}
