/** The files of a new project, from a template. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { serviceClassName } from "./project-name.ts";
import { type TemplateName, templates } from "./templates.ts";

export interface ProjectSettings {
  readonly name: string;
  readonly template: TemplateName;
  /** The version of tomodachi in package.json: a version number, or `file:` and a path. */
  readonly tomodachi: string;
  /** The tarball in the project; undefined if tomodachi comes from a registry. */
  readonly tarball: string | undefined;
  /** The path of this package's folder `templates`. */
  readonly templatesFolder: string;
}

/** Versions of TypeScript, vitest and vite that work together: vite 8 does not compile decorators. */
const developmentPackages = { "@types/node": "^20.19.43", typescript: "^7.0.2", vite: "^7.3.8", vitest: "^4.1.12" };

/** The content of each file, by its path. */
export function projectFiles(settings: ProjectSettings): ReadonlyMap<string, string> {
  const files = new Map<string, string>([["package.json", `${JSON.stringify(manifestOf(settings), null, 2)}\n`]]);
  for (const part of ["common", settings.template]) {
    const folder = join(settings.templatesFolder, part);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(nameInProject(relative(folder, path)), filled(readFileSync(path, "utf8"), settings));
    }
  }
  return files;
}

/** npm leaves files with a leading dot out of a package, or treats them specially, so their names begin with `_` in the templates. */
function nameInProject(path: string): string {
  return path
    .split(sep)
    .map((part) => part.replace(/^_/, "."))
    .join("/");
}

function filled(text: string, { name, template, tarball }: ProjectSettings): string {
  const { port, howToTry } = templates[template];
  const ports = port === undefined ? "" : `\n    ports:\n      - "127.0.0.1:${port}:${port}"`;
  return text
    .replaceAll("TemplateService", serviceClassName(name))
    .replaceAll("template-service", name)
    .replaceAll("{{tarball}}", tarball === undefined ? "" : ` ${tarball}`)
    .replaceAll("{{composePorts}}", ports)
    .replaceAll("{{howToTry}}", howToTry.join("\n"));
}

function manifestOf({ name, template, tomodachi }: ProjectSettings): object {
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    engines: { node: ">=20.19" },
    scripts: {
      dev: "tomodachi run src/",
      build: "tsc -p tsconfig.build.json",
      start: "tomodachi run dist/ --production",
      test: "vitest run",
      types: "tsc",
    },
    dependencies: { tomodachi, ...templates[template].dependencies },
    devDependencies: developmentPackages,
  };
}
