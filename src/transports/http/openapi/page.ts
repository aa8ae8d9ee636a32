/** The OpenAPI document as a page for people: plain HTML and CSS, without scripts, and without anything from other servers. */
import type { OpenApiDocument, OpenApiOperation } from "./document.ts";
import { pageStyle } from "./page-style.ts";
import { schemaHtml } from "./schema-html.ts";
import { escaped, markdown } from "./text.ts";

/** What the browser may load for the page (Content-Security-Policy). */
export const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}

/** `source` is the address of the document itself. */
export function openApiPage({ info, paths, components }: OpenApiDocument, source: string): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Listed => ({ path, method, operation })),
  );
  const tags = [...new Set(all.map(tagOf))];
  const sections = tags.map((tag) => {
    const heading = tags.length > 1 || tag !== "" ? `<h2>${escaped(tag || "Other")}</h2>` : "";
    const listed = all.filter((one) => tagOf(one) === tag).map((one) => operationHtml(one, components.schemas));
    return `<section>${heading}${listed.join("")}</section>`;
  });
  const title = escaped(info.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${pageStyle}</style>
</head>
<body>
<header><h1>${title} <small>${escaped(info.version)}</small></h1>${info.description ? markdown(info.description) : ""}
<p class="source"><a href="${escaped(source)}">OpenAPI document</a></p></header>
<main>${all.length === 0 ? "<p>There are no routes.</p>" : sections.join("")}
<section><h2>Errors</h2><div class="operation parts">${schemaHtml(components.schemas["Problem"] ?? {}, components.schemas)}</div></section></main>
</body>
</html>
`;
}

function tagOf({ operation }: Listed): string {
  return operation.tags?.[0] ?? "";
}

type Schemas = OpenApiDocument["components"]["schemas"];

function operationHtml({ path, method, operation }: Listed, schemas: Schemas): string {
  const { summary, description, deprecated, operationId } = operation;
  const isSocket = operation.responses["101"] !== undefined;
  const name = isSocket ? "ws" : method;
  const parts = [
    description ? markdown(description) : "",
    parametersHtml(operation, schemas),
    operation.requestBody ? contentHtml("Body", operation.requestBody.content, schemas) : "",
    ...Object.entries(operation.responses).map(([status, response]) => responseHtml(status, response, schemas)),
  ];
  return `<details class="operation" id="${escaped(operationId)}"><summary>
<span class="method ${escaped(name)}">${escaped(name.toUpperCase())}</span>
<code class="path${deprecated ? " deprecated" : ""}">${pathHtml(path)}</code>
<span class="about">${escaped(summary)}${deprecated ? " (deprecated)" : ""}</span></summary>
<div class="parts">${parts.join("")}</div></details>`;
}

/** Highlights the parameters. */
function pathHtml(path: string): string {
  return escaped(path).replace(/\{[^}]*\}/g, (name) => `<b>${name}</b>`);
}

function parametersHtml({ parameters = [] }: OpenApiOperation, schemas: Schemas): string {
  if (parameters.length === 0) return "";
  const rows = parameters.map(
    ({ name, in: place, required, schema }) =>
      `<tr><td><code>${escaped(name)}</code>${required ? '<span class="required" title="required">*</span>' : ""}</td><td class="place">${place}</td><td>${schemaHtml(schema, schemas)}</td></tr>`,
  );
  return `<h3>Parameters</h3><table>${rows.join("")}</table>`;
}

type Content = NonNullable<OpenApiOperation["requestBody"]>["content"];

function responseHtml(
  status: string,
  { description, content }: OpenApiOperation["responses"][string],
  schemas: Schemas,
): string {
  const name = `Answer ${status}`;
  // This response is the same for all routes, and is shown once.
  if (status === "default") return "";
  if (!content) return `<h3>${escaped(name)}</h3><p>${escaped(description)}</p>`;
  return contentHtml(name, content, schemas);
}

function contentHtml(heading: string, content: Content, schemas: Schemas): string {
  return Object.entries(content)
    .map(
      ([type, { schema }]) =>
        `<h3>${escaped(heading)} <span class="type">${escaped(type)}</span></h3>${schemaHtml(schema, schemas)}`,
    )
    .join("");
}
