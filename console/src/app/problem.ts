import { type FieldProblem, TenantryError } from "@tenantry/client";
import i18next from "i18next";

/** What to tell people of something that has failed. */
export interface Told {
  /** What happened and what to do, in the reader's language. */
  sentence: string;
  /** What the service itself says, where it says more, and in a language that the reader knows. */
  detail: string | null;
  requestId: string | null;
  code: string;
  fields: readonly FieldProblem[];
}

/** What we say of a code; undefined: it is one that we do not know. */
function sentenceOf(code: string | null | undefined): string | undefined {
  const key = [`problems.byCode.${code}`, `problems.byRule.${code}`].find((one) => i18next.exists(one));
  return key === undefined ? undefined : i18next.t(key as "problems.unknown");
}
/** The service speaks English, and mostly says more than we do. */
const understandsService = (): boolean => i18next.language.startsWith("en");
/** What no person has written, such as "Invalid input: expected string". */
const isOfMachine = (message: string): boolean =>
  /^(?:Invalid (?:input|string|option)|Too (?:small|big)|Unrecognized)\b/.test(message);

/** What the service says of one thing: in its own words to whoever reads English, else in ours where we know the code. */
export function say({ code, message }: { code?: string | null | undefined; message: string | null }): string {
  const ours = sentenceOf(code);
  if (message === null || message === "") return ours ?? i18next.t("problems.unknown");
  return ours !== undefined && (!understandsService() || isOfMachine(message)) ? ours : message;
}

/** What the service says of one thing, and what we say to do about it. */
export function sayFully({ code, message }: { code?: string | null | undefined; message: string | null }): string {
  const ours = sentenceOf(code);
  return ours === undefined ? say({ message }) : [serviceSays(message), ours].filter(Boolean).join(" ");
}
/** What the service says beside what we say: nothing, where the reader would not understand it. */
export const serviceSays = (message: string | null): string | null => (understandsService() ? message : null);

/** Says in words what has failed: every code of the API has a sentence of its own. */
export function tell(error: unknown): Told {
  if (error instanceof TenantryError) {
    const { code, message, requestId, errors } = error;
    const ours = sentenceOf(code);
    const fields = errors
      .filter(({ path }) => path !== "")
      .map((field) => ({ ...field, message: say({ ...field, code: field.code === "unknown" ? code : field.code }) }));
    // Of some refusals we know too little: then English is better than nothing.
    const detail = understandsService() || ours === undefined || code === "not_applicable" ? message : null;
    return { sentence: ours ?? i18next.t("problems.unknown"), detail, requestId, code, fields };
  }
  const offline = error instanceof TypeError && /fetch|network|load failed/i.test(error.message);
  const sentence = i18next.t(offline ? "problems.offline" : "problems.broken");
  const detail = !offline && error instanceof Error ? error.message : null;
  return { sentence, detail, requestId: null, code: offline ? "offline" : "broken", fields: [] };
}

/** The name of a field of the API, as the forms and settings call it. */
export function nameOf(path: string): string {
  const key = [
    `settings.fields.${path}.label`,
    `add.fields.${path}`,
    `add.fields.${path.split(/[.[]/)[0]}`,
    // Prices: those of a tier, or of a name, say enough by what they are.
    ...(path.startsWith("versions.") ? [`prices.fields.${path.split(".").at(-1)}`] : []),
  ].find((one) => i18next.exists(one));
  return key === undefined ? path : i18next.t(key as "add.fields.name");
}

/** Whether the service has refused with a code. */
export const hasCode = (error: unknown, code: string): boolean => error instanceof TenantryError && error.code === code;
