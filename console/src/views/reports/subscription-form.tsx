import { MultiSelect, NativeSelect, NumberInput, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "../../parts/form/use-form.ts";
import { frequencies, jobTypes, type Subscription } from "./data.ts";
import { timeText, weekdaysOf } from "./schedule-text.ts";

/** What the form of a subscription holds, by the paths of the API. */
export interface SubscriptionValues extends Readonly<Record<string, unknown>> {
  frequency: Subscription["frequency"];
  weekday: number;
  day: number;
  hour: number;
  minute: number;
  timezone: string;
  recipients: string[];
  jobTypes: string[];
  locale: string;
  attachCsv: boolean;
}

/** Only what belongs to the frequency. */
export const scheduleOf = ({ frequency, weekday, day, hour, minute, timezone }: SubscriptionValues) => ({
  frequency,
  hour,
  minute,
  timezone,
  ...(frequency === "weekly" && { weekday }),
  ...(frequency === "monthly" && { day }),
});

interface SubscriptionFieldsProps {
  form: Form<SubscriptionValues>;
  isActivity: boolean;
}

/** When, to whom and how a report is sent. */
export function SubscriptionFields({ form, isActivity }: SubscriptionFieldsProps) {
  const { t, i18n } = useTranslation();
  const { values } = form;
  const zones = useMemo(
    () => [...new Set(["UTC", values.timezone, ...Intl.supportedValuesOf("timeZone")])],
    [values.timezone],
  );
  const timezone = form.field("timezone");
  const day = form.field("day");
  return (
    <>
      <TagsInput
        label={t("reports.fields.recipients")}
        description={t("reports.fields.recipientsHint")}
        withAsterisk
        splitChars={[",", ";", " "]}
        maxTags={50}
        {...form.field("recipients")}
      />
      <NativeSelect
        label={t("reports.fields.frequency")}
        value={values.frequency}
        data={frequencies.map((value) => ({ value, label: t(`reports.frequencies.${value}`) }))}
        onChange={(event) => {
          const chosen = frequencies.find((one) => one === event.currentTarget.value);
          if (chosen) form.set("frequency", chosen);
        }}
      />
      {values.frequency === "weekly" && (
        <NativeSelect
          label={t("reports.fields.weekday")}
          value={String(values.weekday)}
          data={weekdaysOf(i18n.language).map((label, nth) => ({ value: String(nth + 1), label }))}
          error={form.field("weekday").error}
          onChange={(event) => form.set("weekday", Number(event.currentTarget.value))}
        />
      )}
      {values.frequency === "monthly" && (
        <NumberInput
          label={t("reports.fields.day")}
          description={t("reports.fields.dayHint")}
          min={1}
          max={31}
          allowDecimal={false}
          value={day.value}
          error={day.error}
          onChange={(next) => day.onChange(Number(next))}
        />
      )}
      <TextInput
        type="time"
        label={t("reports.fields.time")}
        value={timeText(values.hour, values.minute)}
        error={form.field("hour").error ?? form.field("minute").error}
        onChange={(event) => {
          const [hour, minute] = event.currentTarget.value.split(":").map(Number);
          if (hour === undefined || minute === undefined || Number.isNaN(hour + minute)) return;
          form.set("hour", hour);
          form.set("minute", minute);
        }}
      />
      <Select
        label={t("reports.fields.timezone")}
        data={zones}
        searchable
        limit={60}
        allowDeselect={false}
        value={timezone.value}
        error={timezone.error}
        onChange={(next) => next !== null && timezone.onChange(next)}
      />
      {isActivity && (
        <MultiSelect
          label={t("reports.fields.jobTypes")}
          placeholder={values.jobTypes.length === 0 ? t("reports.allJobs") : ""}
          data={jobTypes.map((value) => ({ value, label: t(`reports.jobTypes.${value}`) }))}
          {...form.field("jobTypes")}
        />
      )}
      <NativeSelect
        label={t("reports.fields.locale")}
        data={[
          { value: "", label: t("users.fields.localeNone") },
          { value: "en", label: "English" },
          { value: "de", label: "Deutsch" },
          ...(["", "en", "de"].includes(values.locale) ? [] : [{ value: values.locale, label: values.locale }]),
        ]}
        {...form.text("locale")}
      />
      <Switch
        label={t("reports.fields.attachCsv")}
        checked={values.attachCsv}
        onChange={(event) => form.set("attachCsv", event.currentTarget.checked)}
      />
    </>
  );
}
