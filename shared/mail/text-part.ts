import type { Block, Fact } from "./blocks.ts";
import type { Letter } from "./letter.ts";

const width = 72;

/** Text in lines. Breaks at single spaces; words longer than a line, such as addresses, stay whole. */
export const wrap = (text: string): string => {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
};

// Never wrapped: a break within a user name or password would change it.
const factLine = ({ label, value }: Fact): string => `${label}: ${value}`;

const blockText = (block: Block): string => {
  switch (block.kind) {
    case "paragraph":
    case "notice":
      return wrap(block.text);
    case "facts":
      return block.facts.map(factLine).join("\n");
    case "accounts":
      return block.accounts.map((account) => account.map(factLine).join("\n")).join("\n\n");
    case "link":
      return `${block.label}:\n${block.url}`;
  }
};

/** A letter as plain text, with `\n` between lines and sentences wrapped to 72 characters. */
export const textPart = ({ greeting, blocks, closing, sender }: Letter): string =>
  `${[wrap(greeting), ...blocks.map(blockText), `${closing}\n${sender}`].join("\n\n")}\n`;
