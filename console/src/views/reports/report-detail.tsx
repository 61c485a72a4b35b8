import { Button, Divider, Group, Skeleton, Stack } from "@mantine/core";
import { IconEye, IconPlayerPause, IconPlayerPlay, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Problem } from "../../parts/states.tsx";
import { refreshReports, type Subscription, subscriptionQuery } from "./data.ts";
import styles from "./reports.module.css";
import { Runs } from "./runs.tsx";
import { useSchedule } from "./schedule-text.ts";
import { scheduleOf, SubscriptionFields, type SubscriptionValues } from "./subscription-form.tsx";

interface ReportDetailProps {
  id: string;
  onGone: () => void;
  /** @param to end of the period of an earlier report */
  onPreview: (to?: string) => void;
}

/** One subscription: preview, send, pause, schedule and recipients, and what was sent. */
export function ReportDetail({ id, onGone, onPreview }: ReportDetailProps) {
  const { t } = useTranslation();
  const may = useMay();
  const schedule = useSchedule();
  const { data: one, error, refetch } = useQuery(subscriptionQuery(id));
  if (error !== null && !one) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!one) return <Skeleton height={240} />;
  const writes = may("reports:write");
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t("reports.fields.kind"), t(`reports.kinds.${one.kind}`)],
          [t("reports.fields.schedule"), `${schedule(one)}, ${one.timezone}`],
          [
            t("reports.fields.next"),
            <Moment key="next" at={one.nextRunAt} none={t("reports.paused")} show="dateTime" />,
          ],
          [
            t("reports.fields.recipients"),
            <ul key="recipients" className={styles.recipients}>
              {one.recipients.map(({ email, emailDisplay, state, since }) => (
                <li key={email}>
                  {emailDisplay}
                  {state !== "active" && (
                    <span className={styles.soft}>
                      {" – "}
                      {t(`reports.mailStates.${state}`)} <Moment at={since} show="date" />
                    </span>
                  )}
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
      <Actions one={one} writes={writes} onGone={onGone} onPreview={onPreview} />
      {writes && (
        <>
          <Divider />
          <Edit key={one.id} one={one} />
        </>
      )}
      <Divider />
      <Runs id={one.id} onPreview={onPreview} />
    </Stack>
  );
}

interface ActionsProps extends Omit<ReportDetailProps, "id"> {
  one: Subscription;
  writes: boolean;
}

function Actions({ one: { id, kind, active }, writes, onGone, onPreview }: ActionsProps) {
  const { t } = useTranslation();
  const params = { id };
  const name = t(`reports.kinds.${kind}`);
  const setActive = async (next: boolean): Promise<void> => {
    await tenantry.updateReportSubscription({ params, body: { active: next } });
    await refreshReports();
  };
  const attempt = async (run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      notifyProblem(error);
    }
  };
  const toggle = async (): Promise<void> => {
    await setActive(!active);
    notify(t(active ? "reports.pausedNow" : "reports.onNow", { name }), () => setActive(active));
  };
  const send = async (): Promise<void> => {
    await tenantry.sendReport({ params });
    await refreshReports();
    notify(t("reports.sent"));
  };
  const remove = (): void =>
    ask({
      title: t("reports.deleteTitle", { name }),
      body: t("reports.deleteBody"),
      action: t("reports.delete"),
      dangerous: true,
      run: async () => {
        await tenantry.deleteReportSubscription({ params });
        onGone();
        await refreshReports();
        notify(t("reports.deleted", { name }));
      },
    });
  const Toggle = active ? IconPlayerPause : IconPlayerPlay;
  return (
    <Group gap="sm">
      <Button size="xs" leftSection={<IconEye size={15} aria-hidden />} onClick={() => onPreview()}>
        {t("reports.preview.action")}
      </Button>
      {writes && (
        <>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconSend size={15} aria-hidden />}
            onClick={() => void attempt(send)}
          >
            {t("reports.send")}
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<Toggle size={15} aria-hidden />}
            onClick={() => void attempt(toggle)}
          >
            {t(active ? "reports.pause" : "reports.resume")}
          </Button>
          <Button variant="light" color="red" size="xs" onClick={remove}>
            {t("reports.delete")}
          </Button>
        </>
      )}
    </Group>
  );
}

const schedule = ["frequency", "weekday", "day", "hour", "minute", "timezone"] as const;

function Edit({ one }: { one: Subscription }) {
  const { t } = useTranslation();
  const initial: SubscriptionValues = {
    frequency: one.frequency,
    weekday: one.weekday ?? 1,
    day: one.day ?? 1,
    hour: one.hour,
    minute: one.minute,
    timezone: one.timezone,
    recipients: one.recipients.map(({ email }) => email),
    jobTypes: one.jobTypes ?? [],
    locale: one.locale ?? "",
    attachCsv: one.attachCsv,
  };
  const form = useForm({ id: `report-${one.id}`, initial });
  const { values, changed } = form;
  const params = { id: one.id };
  const names = new Map(one.recipients.map(({ email, name }) => [email, name]));
  const changes = (): Record<string, unknown> => ({
    ...(changed.some((field) => (schedule as readonly string[]).includes(field)) && scheduleOf(values)),
    ...(changed.includes("recipients") && {
      recipients: values.recipients.map((email) => ({ email, name: names.get(email) ?? null })),
    }),
    ...(changed.includes("jobTypes") && { jobTypes: values.jobTypes.length === 0 ? null : values.jobTypes }),
    ...(changed.includes("locale") && { locale: values.locale === "" ? null : values.locale }),
    ...(changed.includes("attachCsv") && { attachCsv: values.attachCsv }),
  });
  const submit = async (): Promise<void> => {
    const saved = await form.submit(() =>
      saveEdit<Subscription>({
        base: one,
        changes: changes(),
        labels: {
          frequency: t("reports.fields.frequency"),
          weekday: t("reports.fields.weekday"),
          day: t("reports.fields.day"),
          hour: t("reports.fields.time"),
          minute: t("reports.fields.time"),
          timezone: t("reports.fields.timezone"),
          recipients: t("reports.fields.recipients"),
          jobTypes: t("reports.fields.jobTypes"),
          locale: t("reports.fields.locale"),
          attachCsv: t("reports.fields.attachCsv"),
        },
        show: (_, value) =>
          Array.isArray(value)
            ? value
                .map((entry: { email?: string } | string) => (typeof entry === "string" ? entry : entry.email))
                .join(", ")
            : String(value),
        save: (body, ifMatch) => tenantry.updateReportSubscription({ params, body, ifMatch }),
        reload: () => tenantry.getReportSubscription({ params }),
      }),
    );
    if (!saved) return;
    await refreshReports();
    notify(t("reports.saved"));
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void submit()} disabled={changed.length === 0}>
      <SubscriptionFields form={form} isActivity={one.kind === "activity"} />
    </FormFrame>
  );
}
