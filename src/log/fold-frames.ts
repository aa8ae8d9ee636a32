/** The stack of an error for people: frames of Node.js and of this package are folded, so that the user's own lines are seen first. */

/** The folder of this package's modules, as a frame names it: a URL, or a path where a tool has replaced the URL. */
const ownUrl = /^.*\/(?:dist|src)\//.exec(import.meta.url)?.[0] ?? import.meta.url;
const ownPlaces: readonly string[] = [ownUrl, ownUrl.replace(/^file:\/\//, "")];

/**
 * The first frame of the user's code, without the leading `at`; otherwise the first one of a library. Undefined if all frames are
 * of Node.js and of this package.
 */
export function ownFrameOf(stack: string, own: readonly string[] = ownPlaces): string | undefined {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line) && !isForeign(line, own));
  const frame = frames.find((line) => !/[\\/]node_modules[\\/]/.test(line)) ?? frames[0];
  return frame && withWrittenClass(frame).replace(/^\s+at (?:async )?/, "");
}

/** A stack may have several parts: an error, and what caused it. A part without a frame of the user's keeps its first frame. */
export function foldFrames(stack: string, own: readonly string[] = ownPlaces): string {
  const folded: string[] = [];
  let frames: string[] = [];
  const fold = (): void => {
    folded.push(...foldPart(frames, own));
    frames = [];
  };
  for (const line of stack.split("\n")) {
    if (/^\s+at /.test(line)) frames.push(line);
    else {
      fold();
      folded.push(line);
    }
  }
  fold();
  return folded.join("\n");
}

function foldPart(frames: readonly string[], own: readonly string[]): readonly string[] {
  const keepsFirst = frames.every((frame) => isForeign(frame, own));
  const lines: string[] = [];
  let hidden = 0;
  const sayHidden = (): void => {
    if (hidden > 0) lines.push(`    ... ${hidden} ${hidden === 1 ? "frame" : "frames"} of Node.js and tomodachi`);
    hidden = 0;
  };
  for (const [at, frame] of frames.entries()) {
    if (isForeign(frame, own) && !(keepsFirst && at === 0)) hidden++;
    else {
      sayHidden();
      lines.push(withWrittenClass(frame));
    }
  }
  sayHidden();
  return lines;
}

function isForeign(frame: string, own: readonly string[]): boolean {
  return /[( ]node:/.test(frame) || own.some((place) => frame.includes(place));
}

/** Compilers name a class that uses its own name `_Payments`: shown is the name that is written in the TypeScript file. */
export function withWrittenClass(frame: string): string {
  return /\.[cm]?tsx?:\d/.test(frame) ? frame.replace(/^(\s+at (?:async |new )*)_(?=[A-Z]\w*(?:\.| \())/, "$1") : frame;
}

/** The same for a whole stack. */
export function withWrittenClasses(stack: string): string {
  return stack.split("\n").map(withWrittenClass).join("\n");
}
