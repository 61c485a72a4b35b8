import { IconHourglass } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Status } from "../../parts/show/status.tsx";

/** How many days of a trial are left; a trial that ends within three days, or has ended, stands out. */
export function DaysLeft({ days, endsAt }: { days: number; endsAt: string }) {
  const { t } = useTranslation();
  if (Date.parse(endsAt) <= Date.now()) return <Status tone="bad" label={t("trials.ended")} />;
  return (
    <Status tone={days <= 3 ? "warn" : "calm"} icon={IconHourglass} label={t("trials.daysLeft", { count: days })} />
  );
}
