// docs/openapi.yaml as a contract: every answer is described there, and so is every request that succeeds.
//
// A path or a method that the document does not know must be unknown to the edge, too.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { Ajv, formats, yaml } from "./packages.mjs";

const text = readFileSync(resolve(import.meta.dirname, "../../docs/openapi.yaml"), "utf8");
const document = yaml.parse(text, { maxAliasCount: -1 });
const ID = "openapi";
// The document has more words than its schemas.
const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
formats(ajv);
ajv.addSchema(document, ID);

/** In queries and paths everything is text: a number is one that can be read as one. */
const ofText = new Ajv({ strict: false, coerceTypes: true });
formats(ofText);
ofText.addSchema(document, ID);

const escaped = (key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
const pointer = (keys) => `#/${keys.map(String).map(escaped).join("/")}`;

/** What stands at `keys`, and where: a reference leads to its place. */
function at(keys) {
  let node = keys.reduce((node, key) => node?.[key], document);
  if (!node?.$ref) return { node, keys };
  const to = node.$ref.slice(2).split("/");
  return { node: to.reduce((node, key) => node?.[key], document), keys: to };
}

const validators = new Map();

/** What is wrong with a value by the schema at `keys`; nothing if it fits. */
function problems(value, keys, reader = ajv) {
  const ref = `${ID}${pointer(keys)}`;
  const key = `${reader === ajv}${ref}`;
  if (!validators.has(key)) validators.set(key, reader.compile({ $ref: ref }));
  const validate = validators.get(key);
  if (validate(value)) return [];
  return validate.errors.map(({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`);
}

/** Templates as patterns, those with the most letters of their own first. */
const templates = Object.keys(document.paths)
  .map((template) => {
    const names = [];
    const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{(\w+)\}/g, (_, name) => names.push(name) && "([^/]+)");
    return { template, names, pattern: new RegExp(`^${pattern}$`), own: template.replaceAll(/\{\w+\}/g, "").length };
  })
  .sort((one, other) => other.own - one.own);

const parametersOf = (template, method) =>
  [["paths", template, "parameters"], ["paths", template, method, "parameters"]].flatMap((list) =>
    (at(list).node ?? []).map((_, index) => at([...list, index])),
  );

/** The operation that a request asks for, if it is described. */
function operationOf(method, path) {
  for (const { template, names, pattern } of templates) {
    const values = pattern.exec(path)?.slice(1);
    if (!values || !document.paths[template][method]) continue;
    const parameters = parametersOf(template, method);
    const known = parameters.filter(({ node }) => node.in === "path");
    const fits = known.every(({ node, keys }) => problems(values[names.indexOf(node.name)], [...keys, "schema"], ofText).length === 0);
    if (fits) return { keys: ["paths", template, method], parameters };
  }
  return undefined;
}

function json(bytes) {
  try {
    return { value: JSON.parse(bytes) };
  } catch {
    return undefined;
  }
}

function bodyProblems(content, keys, type, body) {
  const kind = type?.split(";")[0].trim();
  if (!content) return body.length > 0 ? ["has a body that is not described"] : [];
  if (!content[kind]) return [`is ${kind}, and not ${Object.keys(content).join(" or ")}`];
  if (!content[kind].schema) return [];
  const read = json(body);
  return read ? problems(read.value, [...keys, "content", kind, "schema"]) : ["is no JSON"];
}

function answerProblems({ keys }, { status, headers, body }) {
  const { node, keys: response } = at([...keys, "responses", status]);
  if (!node) return [`status ${status} is not described`];
  const missing = Object.entries(node.headers ?? {}).filter(([name, { required }]) => required && !headers.has(name));
  return [
    ...missing.map(([name]) => `has no ${name}`),
    ...bodyProblems(node.content, response, headers.get("content-type"), body),
  ];
}

function queryProblems(parameters, query) {
  const named = new Map(parameters.filter(({ node }) => node.in === "query").map((one) => [one.node.name, one]));
  const rest = [...named.values()].find(({ node }) => node.explode && node.schema.type === "object");
  return [...query].flatMap(([name, value]) => {
    const one = named.get(name);
    if (!one || one === rest) return rest ? [] : [`parameter ${name} is not described`];
    return problems(value, [...one.keys, "schema"], ofText).map((problem) => `parameter ${name} ${problem}`);
  });
}

/** Under any content type: see api.md. */
function requestBodyProblems({ keys }, body) {
  const { node, keys: request } = at([...keys, "requestBody"]);
  if (!node) return [];
  const bytes = Buffer.from(body ?? "");
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  const [kind] = Object.keys(node.content);
  return bodyProblems(node.content, request, kind, plain.toString());
}

/** Everything that is described, with something in the place of each parameter of the path. */
export function operations() {
  return templates.flatMap(({ template }) =>
    Object.keys(document.paths[template]).filter((key) => key !== "parameters").map((method) => {
      const parameters = parametersOf(template, method).map(({ node }) => node);
      const one = (_, name) => {
        const schema = schemaOf(parameters.find((known) => known.in === "path" && known.name === name));
        return schema.enum?.[0] ?? (schema.type === "integer" ? "1" : "some:one");
      };
      return { method, path: template.replaceAll(/\{(\w+)\}/g, one) };
    }),
  );
}

const schemaOf = ({ schema }) => (schema.$ref ? at(schema.$ref.slice(2).split("/")).node : schema);

/** What docs/openapi.yaml has against a request and its answer, or leaves out. */
export function breaches({ method, url, body }, answer) {
  const { pathname, searchParams } = new URL(url);
  // A preflight is CORS's, not ours.
  if (method === "OPTIONS") return [];
  const operation = operationOf(method.toLowerCase(), pathname);
  if (!operation) {
    const unknown = [404, 405].includes(answer.status);
    return unknown ? problems(json(answer.body)?.value, ["components", "schemas", "Error"]) : ["is not described"];
  }
  const wrong = answerProblems(operation, answer).map((problem) => `the answer ${problem}`);
  if (answer.status >= 300) return wrong;
  return [
    ...wrong,
    ...queryProblems(operation.parameters, searchParams),
    ...requestBodyProblems(operation, body).map((problem) => `the request ${problem}`),
  ];
}
