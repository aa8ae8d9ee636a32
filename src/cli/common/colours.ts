/** Colours for a terminal, unless the user turned them off. */

/** What a stream says about its colours; `process.stdout` and `process.stderr` fit. */
export interface ColourStream {
  readonly isTTY?: boolean | undefined;
  hasColors?(): boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Palette = Readonly<Record<keyof typeof codes, (text: string) => string>>;

/** NO_COLOR turns colours off (https://no-color.org), FORCE_COLOR turns them on. Otherwise the stream must be a terminal with colours. */
export function hasColours(stream: ColourStream, environment: Environment): boolean {
  const { NO_COLOR: off, FORCE_COLOR: forced } = environment;
  if (off) return false;
  if (forced !== undefined && forced !== "") return forced !== "0" && forced.toLowerCase() !== "false";
  return stream.isTTY === true && (stream.hasColors?.() ?? false);
}

/** Returns functions that colour a string, or leave it unchanged. */
export function paletteFor(stream: ColourStream, environment: Environment): Palette {
  const isOn = hasColours(stream, environment);
  const styles = Object.entries(codes).map(([name, [on, off]]) => {
    const style = (text: string): string => (isOn && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text);
    return [name, style] as const;
  });
  return Object.fromEntries(styles) as Palette;
}
