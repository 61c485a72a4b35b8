import { Checkbox, Divider, Input, NumberInput, Switch, Textarea, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { type BackupSet, type Device, refreshDevices } from "./data.ts";
import styles from "./device.module.css";
import { dayName, weekdays } from "./schedule.ts";
import { ThrottleFields, throttleFrom, throttleValues } from "./throttle-fields.tsx";

type Day = (typeof weekdays)[number];
const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** Creates a backup set, or changes one. */
export function SetForm({ device, set, onDone }: { device: Device; set: BackupSet | null; onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const initial = useMemo(
    () => ({
      name: set?.name ?? "",
      "selection.include": set?.selection.include.join("\n") ?? "",
      "selection.exclude": set?.selection.exclude.join("\n") ?? "",
      scheduled: set === null || set.schedule !== null,
      "schedule.days": (set?.schedule?.days ?? weekdays.slice(0, 5)) as readonly Day[],
      "schedule.at": set?.schedule?.at ?? "20:00",
      "schedule.everyHours": set?.schedule?.everyHours ?? null,
      "retention.days": set === null ? 30 : set.retention.days,
      "retention.versions": set?.retention.versions ?? null,
      ...throttleValues(set?.throttle ?? null),
    }),
    [set],
  );
  const form = useForm({ id: `set-${set?.id ?? `of-${device.id}`}`, initial });
  const { values } = form;
  const body = () => ({
    name: values.name.trim(),
    selection: { include: lines(values["selection.include"]), exclude: lines(values["selection.exclude"]) },
    schedule: values.scheduled
      ? {
          days: weekdays.filter((day) => values["schedule.days"].includes(day)),
          at: values["schedule.at"],
          everyHours: values["schedule.everyHours"],
        }
      : null,
    retention: { days: values["retention.days"], versions: values["retention.versions"] },
    throttle: throttleFrom(values),
  });
  const send = async (): Promise<void> => {
    const faulty = form.fault({
      ...(values.name.trim() === "" && { name: t("parts.required") }),
      ...(lines(values["selection.include"]).length === 0 && { "selection.include": t("devices.sets.noPath") }),
      ...(values.scheduled && values["schedule.days"].length === 0 && { "schedule.days": t("devices.sets.noDay") }),
    });
    if (faulty) return;
    const done = await form.submit(() => {
      if (set === null) return tenantry.createBackupSet({ body: { deviceId: device.id, ...body() } });
      const given = body();
      const touched = (prefix: string): boolean => form.changed.some((name) => name.startsWith(prefix));
      return saveEdit({
        base: set,
        changes: {
          ...(touched("name") && { name: given.name }),
          ...(touched("selection") && { selection: given.selection }),
          ...(touched("schedule") && { schedule: given.schedule }),
          ...(touched("retention") && { retention: given.retention }),
          ...(touched("throttle") && { throttle: given.throttle }),
        },
        labels: {
          name: t("devices.sets.name"),
          selection: t("devices.sets.include"),
          schedule: t("devices.sets.schedule"),
          retention: t("devices.sets.keep"),
          throttle: t("devices.throttle.title"),
        },
        show: (_, value) => (typeof value === "object" ? JSON.stringify(value) : String(value)),
        save: (patch, version) => tenantry.updateBackupSet({ params: { id: set.id }, body: patch, ifMatch: version }),
        reload: () => tenantry.getBackupSet({ params: { id: set.id } }),
      });
    });
    if (done === undefined) return;
    await refreshDevices();
    if (done !== null) notify(t(set === null ? "devices.sets.created" : "devices.done.saved", { name: values.name }));
    onDone();
  };
  const days = values["schedule.days"];
  const numberField = (name: "schedule.everyHours" | "retention.days" | "retention.versions") => ({
    value: values[name] ?? "",
    error: form.field(name).error,
    allowDecimal: false,
    onChange: (value: string | number) => form.set(name, typeof value === "number" ? value : null),
  });
  return (
    <FormFrame
      form={form}
      action={t(set === null ? "devices.sets.create" : "parts.save")}
      onSubmit={() => void send()}
      onCancel={onDone}
    >
      <TextInput label={t("devices.sets.name")} required {...form.text("name")} data-autofocus />
      <div className={styles.pair}>
        <Textarea
          label={t("devices.sets.include")}
          description={t("devices.sets.onePerLine")}
          required
          autosize={false}
          rows={4}
          {...form.text("selection.include")}
        />
        <Textarea
          label={t("devices.sets.exclude")}
          description={t("devices.sets.excludeHint")}
          autosize={false}
          rows={4}
          {...form.text("selection.exclude")}
        />
      </div>
      <Switch
        label={t("devices.sets.scheduled")}
        checked={values.scheduled}
        onChange={(event) => form.set("scheduled", event.currentTarget.checked)}
      />
      {values.scheduled && (
        <>
          <Input.Wrapper label={t("devices.sets.daysLabel")} error={form.field("schedule.days").error}>
            <div className={styles.days}>
              {weekdays.map((day) => (
                <Checkbox
                  key={day}
                  size="xs"
                  label={dayName(day, i18n.language, "short")}
                  aria-label={dayName(day, i18n.language, "long")}
                  checked={days.includes(day)}
                  onChange={(event) =>
                    form.set(
                      "schedule.days",
                      event.currentTarget.checked ? [...days, day] : days.filter((one) => one !== day),
                    )
                  }
                />
              ))}
            </div>
          </Input.Wrapper>
          <div className={styles.pair}>
            <TextInput
              type="time"
              label={t("devices.sets.time")}
              description={t("devices.sets.timeHint")}
              {...form.text("schedule.at")}
            />
            <NumberInput
              label={t("devices.sets.again")}
              description={t("devices.sets.againHint")}
              min={1}
              max={24}
              {...numberField("schedule.everyHours")}
            />
          </div>
        </>
      )}
      <div className={styles.pair}>
        <NumberInput
          label={t("devices.sets.keepDays")}
          description={t("devices.sets.keepHint")}
          min={1}
          max={3650}
          {...numberField("retention.days")}
        />
        <NumberInput
          label={t("devices.sets.keepVersions")}
          description={t("devices.sets.keepHint")}
          min={1}
          max={1000}
          {...numberField("retention.versions")}
        />
      </div>
      <Divider label={t("devices.throttle.title")} labelPosition="left" />
      <ThrottleFields form={form} />
    </FormFrame>
  );
}
