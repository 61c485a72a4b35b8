import { Parser } from "htmlparser2";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** XML cannot hold most control characters as they are. */
const isControl = (sign: string): boolean => sign < " " || sign === "\u007F";
const escaped = (text: string): string =>
  Array.from(text, (sign) => {
    if (isControl(sign)) return `&#x${sign.charCodeAt(0).toString(16).toUpperCase()};`;
    return entities[sign] ?? sign;
  }).join("");

/** Content of an element: a text, elements, or the same element several times. */
export type Xml = string | number | boolean | { [name: string]: Xml | Xml[] | undefined };

function element(name: string, content: Xml | Xml[] | undefined): string {
  if (content === undefined) return "";
  if (Array.isArray(content)) return content.map((one) => element(name, one)).join("");
  if (typeof content !== "object") return `<${name}>${escaped(String(content))}</${name}>`;
  const inner = Object.entries(content)
    .map(([child, value]) => element(child, value))
    .join("");
  return `<${name}>${inner}</${name}>`;
}

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

export const xml = (root: string, content: Xml): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, content).replace(`<${root}>`, `<${root} xmlns="${namespace}">`)}`;

/** The texts of the named children of each element of a kind, in their order. */
export function readElements(text: string, kind: string): Record<string, string>[] {
  const found: Record<string, string>[] = [];
  let current: Record<string, string> | undefined;
  let name = "";
  const parser = new Parser(
    {
      onopentag(tag) {
        if (tag === kind) current = {};
        name = tag;
      },
      ontext(part) {
        if (current && name !== kind && name !== "") current[name] = (current[name] ?? "") + part;
      },
      onclosetag(tag) {
        if (tag === kind && current) {
          found.push(current);
          current = undefined;
        }
        name = "";
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(text);
  return found;
}
