import { IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Status } from "../../parts/show/status.tsx";
import type { Account } from "./data.ts";

/** What an account is, together with all that stands above it, in a word. */
export function AccountState({ account: { state, trial } }: { account: Pick<Account, "state" | "trial"> }) {
  const { t } = useTranslation();
  if (state === "trial")
    return (
      <Status
        tone="warn"
        icon={IconHourglass}
        label={trial === null ? t("terms.states.trial") : t("terms.states.trialDays", { count: trial.daysLeft })}
      />
    );
  const tone = state === "active" ? "good" : state === "deleted" ? "bad" : "calm";
  return <Status tone={tone} label={t(`terms.states.${state}`)} />;
}
