import { Parser } from "htmlparser2";

/** An HTML document as a mail client reads it. */
export interface ParsedHtml {
  /** Tags and comments in their order, with all attributes but `alt`, which is text. */
  structure: string[];
  /** Text of every `<code>`, decoded. */
  codes: string[];
  /** All text, decoded, with white space collapsed. */
  text: string;
  links: string[];
}

export function parseHtml(document: string): ParsedHtml {
  const parsed: ParsedHtml = { structure: [], codes: [], text: "", links: [] };
  let inCode = false;
  const parser = new Parser({
    onopentag(name, attributes) {
      const { alt, ...others } = attributes;
      parsed.structure.push(`<${name} ${JSON.stringify(others)}${alt === undefined ? "" : " alt"}>`);
      for (const url of [attributes.href, attributes.src]) if (url !== undefined) parsed.links.push(url);
      inCode = name === "code";
      if (inCode) parsed.codes.push("");
    },
    onclosetag(name, implied) {
      parsed.structure.push(`</${name}>${implied ? " implied" : ""}`);
      inCode = false;
    },
    ontext(text) {
      if (inCode) parsed.codes.push((parsed.codes.pop() ?? "") + text);
      parsed.text += text;
    },
    oncomment: (comment) => parsed.structure.push(`<!--${comment}-->`),
    onprocessinginstruction: (name, data) => parsed.structure.push(`<${name} ${data}>`),
    oncdatastart: () => parsed.structure.push("<![CDATA["),
  });
  parser.end(document);
  parsed.text = parsed.text.replace(/[ \n]+/g, " ");
  return parsed;
}
