/** The OpenAPI 3.1 document of a service, made from its routes and their schemas. */
import { isStandardSchema, type StandardSchema } from "../../../service/standard-schema.ts";
import { hoisted, type JsonSchema, jsonSchemaOf, type Side } from "./json-schema.ts";
import { openApiPaths } from "./paths.ts";

/** Describes a route in the OpenAPI document, beside its schemas. */
export interface RouteDescription {
  /** A short title on one line. @default the name of the method */
  readonly summary?: string | undefined;
  /** A longer text, in Markdown. @default none */
  readonly description?: string | undefined;
  /** Routes with the same tag are listed together. @default none */
  readonly tags?: readonly string[] | undefined;
  /** Marks the route as deprecated. @default false */
  readonly deprecated?: boolean | undefined;
  /** true: the route is not in the document. @default false */
  readonly hidden?: boolean | undefined;
}

export interface OpenApiRoute {
  /** The name of the method. */
  readonly name: string;
  readonly methods: readonly string[];
  readonly path: string | RegExp;
  readonly schema: OpenApiSchemas;
  readonly rawBody: boolean;
  readonly isWebSocket: boolean;
  readonly description: RouteDescription;
}

interface OpenApiSchemas {
  readonly params?: StandardSchema | undefined;
  readonly query?: StandardSchema | undefined;
  readonly body?: StandardSchema | undefined;
  readonly response?: StandardSchema | Readonly<Record<number, StandardSchema>> | undefined;
}

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string | undefined;
}

export interface OpenApiParameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: OpenApiInfo;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** The methods that OpenAPI 3.1 knows. */
const methodsOfPath = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** The body of an error without a handler of its own (RFC 9457). */
const problem: JsonSchema = {
  type: "object",
  description: "What went wrong (RFC 9457).",
  properties: {
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    issues: {
      type: "array",
      items: { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } },
    },
    requestId: { type: "string" },
  },
  required: ["title", "status"],
};

export function openApiDocument(info: OpenApiInfo, routes: readonly OpenApiRoute[]): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = { Problem: problem };
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const used = new Set<string>();
  for (const route of routes.filter(({ description }) => !description.hidden)) {
    for (const { path, parameters, note } of openApiPaths(route.path)) {
      for (const method of route.methods.map((one) => one.toLowerCase())) {
        if (!methodsOfPath.includes(method)) continue;
        const id = unique(route.name, used);
        const define = (name: string, definition: JsonSchema): string => {
          const key = name.startsWith(`${id}.`) ? name : `${id}.${name || "schema"}`;
          schemas[key] = definition;
          return key;
        };
        const read = (schema: StandardSchema, side: Side): JsonSchema => hoisted(jsonSchemaOf(schema, side), define);
        paths[path] = { ...paths[path], [method]: operation({ ...route, id, note, parameters }, read) };
      }
    }
  }
  return { openapi: "3.1.0", info: withoutUndefined(info), paths, components: { schemas } };
}

interface OperationParts extends OpenApiRoute {
  readonly id: string;
  readonly note: string | undefined;
  readonly parameters: ReadonlyMap<string, string | undefined>;
}

type Read = (schema: StandardSchema, side: Side) => JsonSchema;

function operation(route: OperationParts, read: Read): OpenApiOperation {
  const { id, name, schema, description: about, note, isWebSocket } = route;
  const { parameters, notes } = parametersOf(route, read);
  const words = [about.description, isWebSocket ? "A web socket." : undefined, note, ...notes];
  const description = words.filter((word) => word !== undefined).join("\n\n");
  return withoutUndefined({
    operationId: id,
    summary: about.summary ?? name,
    description: description || undefined,
    tags: about.tags,
    deprecated: about.deprecated || undefined,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: bodyOf(schema.body, route.rawBody, read),
    responses: isWebSocket ? { "101": { description: "The web socket is open." } } : responsesOf(schema.response, read),
  }) as OpenApiOperation;
}

function parametersOf(
  { schema, parameters }: OperationParts,
  read: Read,
): { readonly parameters: readonly OpenApiParameter[]; readonly notes: readonly string[] } {
  const inPath = schema.params && read(schema.params, "input");
  const inQuery = schema.query && read(schema.query, "input");
  const ofPath = [...parameters].map(([name, pattern]): OpenApiParameter => {
    const own = propertiesOf(inPath)[name] ?? { type: "string", ...(pattern !== undefined && { pattern }) };
    return { name, in: "path", required: true, schema: own };
  });
  const required = (inQuery?.["required"] ?? []) as readonly string[];
  const ofQuery = Object.entries(propertiesOf(inQuery)).map(
    ([name, own]): OpenApiParameter => ({ name, in: "query", required: required.includes(name), schema: own }),
  );
  const unknown = inQuery && ofQuery.length === 0 && inQuery["type"] !== "object";
  return {
    parameters: [...ofPath, ...ofQuery],
    notes: unknown ? [`The query: ${String(inQuery["description"] ?? "its schema names no parameters.")}`] : [],
  };
}

function propertiesOf(schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  return (schema?.["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function bodyOf(body: StandardSchema | undefined, rawBody: boolean, read: Read): OpenApiOperation["requestBody"] {
  if (body) return { required: true, content: { "application/json": { schema: read(body, "input") } } };
  return rawBody ? { required: true, content: { "*/*": { schema: {} } } } : undefined;
}

function responsesOf(response: OpenApiSchemas["response"], read: Read): OpenApiOperation["responses"] {
  const byStatus = isStandardSchema(response) ? { 200: response } : (response ?? {});
  const known = Object.entries(byStatus).map(([status, schema]) => [
    status,
    { description: `Status ${status}`, content: { "application/json": { schema: read(schema, "output") } } },
  ]);
  const otherwise = {
    description: "An error",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  const none = known.length === 0 ? { "2XX": { description: "The response; it has no schema." } } : {};
  return { ...Object.fromEntries(known), ...none, default: otherwise };
}

function unique(name: string, used: Set<string>): string {
  let found = name;
  for (let at = 2; used.has(found); at++) found = `${name}${at}`;
  used.add(found);
  return found;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
