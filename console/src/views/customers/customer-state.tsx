import { IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Status } from "../../parts/show/status.tsx";
import type { Customer } from "./data.ts";

type Known = Pick<Customer, "active" | "effectivelyActive" | "trial" | "deletedAt">;

/** A customer's state in a word. */
export function CustomerState({ customer }: { customer: Known }) {
  const { t } = useTranslation();
  const { active, effectivelyActive, trial, deletedAt } = customer;
  if (deletedAt !== null) return <Status tone="bad" label={t("terms.states.deleted")} />;
  if (!active) return <Status tone="calm" label={t("terms.states.inactive")} />;
  if (!effectivelyActive) return <Status tone="calm" label={t("terms.states.inactiveAbove")} />;
  if (trial !== null)
    return <Status tone="warn" icon={IconHourglass} label={t("terms.states.trialDays", { count: trial.daysLeft })} />;
  return <Status tone="good" label={t("terms.states.active")} />;
}

/** The same as a word for sorting and for the CSV. */
export const stateWord = ({ active, effectivelyActive, trial, deletedAt }: Known): string =>
  deletedAt !== null ? "deleted" : !active || !effectivelyActive ? "inactive" : trial !== null ? "trial" : "active";
