/** The options of `tomodachi new`. */
import type { Option } from "./option.ts";

export const newOptions: Readonly<Record<string, Option>> = {
  template: {
    type: "string",
    short: "t",
    once: true,
    of: ["new"],
    placeholder: "name",
    help: "minimal (default), contracts or http",
  },
  folder: {
    type: "string",
    once: true,
    of: ["new"],
    placeholder: "path",
    help: "Where it is written (default: the name)",
  },
  install: { type: "boolean", of: ["new"], help: "Run npm install there" },
  tomodachi: {
    type: "string",
    once: true,
    of: ["new"],
    placeholder: "version|file",
    help: "The version of tomodachi for package.json, or a tarball of\nnpm pack, which is copied (default: the version of this command)",
  },
};
