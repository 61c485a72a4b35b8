import { type FieldProblem, TenantryError } from "@tenantry/client";
import i18next from "i18next";

/** What to tell people of something that has failed. */
export interface Told {
  /** What happened and what to do, in the reader's language. */
  sentence: string;
  /** What the service itself says, where it says more. */
  detail: string | null;
  requestId: string | null;
  code: string;
  fields: readonly FieldProblem[];
}

/** Says in words what has failed: every code of the API has a sentence of its own. */
export function tell(error: unknown): Told {
  if (error instanceof TenantryError) {
    const { code, message, requestId, errors } = error;
    const known = i18next.exists(`problems.byCode.${code}`);
    const sentence = known ? i18next.t(`problems.byCode.${code}` as "problems.unknown") : i18next.t("problems.unknown");
    return { sentence, detail: message, requestId, code, fields: errors.filter(({ path }) => path !== "") };
  }
  const offline = error instanceof TypeError && /fetch|network|load failed/i.test(error.message);
  const sentence = i18next.t(offline ? "problems.offline" : "problems.broken");
  const detail = !offline && error instanceof Error ? error.message : null;
  return { sentence, detail, requestId: null, code: offline ? "offline" : "broken", fields: [] };
}

/** Whether the service has refused with a code. */
export const hasCode = (error: unknown, code: string): boolean => error instanceof TenantryError && error.code === code;
