import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useNode } from "../../frame/node-context.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { timeZone } from "../../parts/show/formats.ts";
import { jobTypes as allJobTypes, kinds, refreshReports, type Subscription } from "./data.ts";
import { scheduleOf, SubscriptionFields, type SubscriptionValues } from "./subscription-form.tsx";

/** Subscribes people to a report. */
export function ReportAdd({ onMade, onClose }: { onMade: (made: Subscription) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const node = useNode();
  const [kind, setKind] = useState<(typeof kinds)[number]>("watchlist");
  const initial: SubscriptionValues = {
    frequency: "daily",
    weekday: 1,
    day: 1,
    hour: 6,
    minute: 0,
    timezone: timeZone(),
    recipients: [],
    jobTypes: [],
    locale: "",
    attachCsv: false,
  };
  const form = useForm({ id: `report-add-${node.id}`, initial });
  const { values } = form;
  const submit = async (): Promise<void> => {
    if (form.fault({ recipients: values.recipients.length === 0 ? t("parts.required") : undefined })) return;
    const chosen = allJobTypes.filter((one) => values.jobTypes.includes(one));
    const made = await form.submit(() =>
      tenantry.createReportSubscription({
        body: {
          customerId: node.id,
          kind,
          ...scheduleOf(values),
          recipients: values.recipients.map((email) => ({ email })),
          attachCsv: values.attachCsv,
          active: true,
          ...(values.locale !== "" && { locale: values.locale }),
          ...(kind === "activity" && chosen.length > 0 && { jobTypes: chosen }),
        },
      }),
    );
    if (!made) return;
    await refreshReports();
    onMade(made);
  };
  return (
    <FormFrame form={form} action={t("reports.create")} onSubmit={() => void submit()} onCancel={onClose}>
      <NativeSelect
        label={t("reports.fields.kind")}
        description={t(`reports.kindHints.${kind}`)}
        data-autofocus
        value={kind}
        data={kinds.map((value) => ({ value, label: t(`reports.kinds.${value}`) }))}
        onChange={(event) => {
          const chosen = kinds.find((one) => one === event.currentTarget.value);
          if (chosen) setKind(chosen);
        }}
      />
      <SubscriptionFields form={form} isActivity={kind === "activity"} />
    </FormFrame>
  );
}
