import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";

/** A field of a request's body that has an option of its own. */
export interface Field {
  /** As commander writes options: `--space <size>`. */
  flags: string;
  about: string;
  /** Where it stands in the body: `space.limitBytes`. */
  path: string;
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  /** Whether the word `none` clears it. Not for fields with choices. */
  clears?: boolean;
}

/** Stands for null until the body is made: commander takes null for a value that is missing. */
const cleared = Symbol("cleared");

type Body = Record<string, unknown>;

const isObject = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON as it was typed, from `@file`, or from the standard input (`-`). */
function bodyFrom(text: string): Body {
  let value: unknown;
  try {
    const source = text === "-" ? 0 : text.startsWith("@") ? text.slice(1) : undefined;
    value = JSON.parse(source === undefined ? text : readFileSync(source, "utf8"));
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read as JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw new InvalidArgumentError("It must be a JSON object.");
  return value;
}

/** The option of a field. */
function optionOf({ flags, about, parse, choices, clears }: Field): Option {
  const option = new Option(flags, clears ? `${about}; none clears it` : about);
  if (choices) return option.choices(choices);
  return option.argParser((text) => (clears && text === "none" ? cleared : parse ? parse(text) : text));
}

/** Gives a command an option for each field, and `--data` for all others. */
export function withFields(command: Command, fields: readonly Field[]): Command {
  for (const field of fields) command.addOption(optionOf(field));
  return command.addOption(
    new Option("--data <json>", "further fields of the request as JSON, @file or - (stdin)").argParser(bodyFrom),
  );
}

/** Puts a value into a body, at a path of names between dots. */
function put(body: Body, path: string, value: unknown): void {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    body[name] = value;
    return;
  }
  const inner: Body = isObject(body[name]) ? { ...body[name] } : {};
  put(inner, rest.join("."), value);
  body[name] = inner;
}

/**
 * The body that a command's options make: `--data`, and over it the options of single fields.
 * Its type is what the caller says; the service checks it, and says which field is wrong.
 */
export function bodyOf<T>(command: Command, fields: readonly Field[]): T {
  const options = command.opts<Record<string, unknown>>();
  const body: Body = { ...(options["data"] as Body | undefined) };
  for (const field of fields) {
    const value = options[optionOf(field).attributeName()];
    if (value !== undefined) put(body, field.path, value === cleared ? null : value);
  }
  return body as T;
}
