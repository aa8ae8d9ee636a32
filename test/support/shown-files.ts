// Pages of docs/ show files of examples/ after a line with the name of the file. Here they are read out of the page.

export interface ShownFile {
  /** As written on the page, relative to the folder that the page shows. */
  readonly file: string;
  readonly text: string;
}

/** Each file that a page shows: a name in bold, an empty line, then a code block. */
export function shownFiles(page: string): readonly ShownFile[] {
  const blocks = page.matchAll(/^\*\*`([\w./-]+)`\*\*[^\n]*\n\n```\w+\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, file = "", text = ""]) => ({ file, text }));
}
