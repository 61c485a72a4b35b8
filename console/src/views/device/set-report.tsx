import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notifyProblem } from "../../parts/dialogs/notify.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Problem } from "../../parts/states.tsx";
import { download } from "../../parts/table/csv.ts";
import type { BackupSet } from "./data.ts";
import styles from "./device.module.css";

/** What a backup set did in 30 days, by type of job, and all of it as a file. */
export function SetReport({ set }: { set: BackupSet }) {
  const { t } = useTranslation();
  const { number, bytes } = useFormats();
  const [busy, setBusy] = useState(false);
  const params = { id: set.id };
  const { data, error, refetch } = useQuery({
    queryKey: ["devices", "set-report", set.id],
    queryFn: ({ signal }) => tenantry.getSetReport({ params, signal }),
  });
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      download(`${set.name}.csv`, await tenantry.getSetReportCsv({ params }));
    } catch (failure) {
      notifyProblem(failure);
    } finally {
      setBusy(false);
    }
  };
  if (error !== null && !data) return <Problem error={error} onRetry={() => void refetch()} />;
  const totals = data?.totals.filter(({ succeeded, warning, failed }) => succeeded + warning + failed > 0) ?? [];
  if (totals.length === 0) return null;
  return (
    <div className={styles.report}>
      <table className={styles.table} aria-label={t("devices.sets.report")}>
        <caption>{t("devices.sets.report")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("devices.jobs.type")}</th>
            <th scope="col">{t("devices.jobs.states.succeeded")}</th>
            <th scope="col">{t("devices.jobs.states.warning")}</th>
            <th scope="col">{t("devices.jobs.states.failed")}</th>
            <th scope="col">{t("devices.jobs.amount")}</th>
            <th scope="col">{t("devices.sets.lastGood")}</th>
          </tr>
        </thead>
        <tbody>
          {totals.map(({ type, succeeded, warning, failed, bytes: amount, lastGoodAt }) => (
            <tr key={type}>
              <td>{t(`devices.jobs.types.${type}`)}</td>
              <td className="numbers">{number(succeeded)}</td>
              <td className="numbers">{number(warning)}</td>
              <td className="numbers">{number(failed)}</td>
              <td className="numbers">{bytes(amount)}</td>
              <td>
                <Moment at={lastGoodAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button
        size="xs"
        variant="default"
        loading={busy}
        leftSection={<IconDownload size={15} aria-hidden />}
        onClick={() => void save()}
      >
        {t("devices.sets.reportCsv")}
      </Button>
    </div>
  );
}
