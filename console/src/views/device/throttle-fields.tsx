import { SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import type { Form, Values } from "../../parts/form/use-form.ts";
import type { Device } from "./data.ts";
import styles from "./device.module.css";

/** Values of the fields of a throttle, by the paths of the API. */
export interface ThrottleValues extends Values {
  "throttle.mode": "inherit" | "own";
  "throttle.enabled": boolean;
  "throttle.always": boolean;
  "throttle.from": string;
  "throttle.to": string;
  "throttle.offAtWeekend": boolean;
  "throttle.bytesPerSecond": number | null;
}

/** What the fields begin with. */
export const throttleValues = (own: Device["throttle"]): ThrottleValues => ({
  "throttle.mode": own?.mode ?? "inherit",
  "throttle.enabled": own?.enabled ?? true,
  "throttle.always": own?.always ?? true,
  "throttle.from": own?.from ?? "08:00",
  "throttle.to": own?.to ?? "18:00",
  "throttle.offAtWeekend": own?.offAtWeekend ?? true,
  "throttle.bytesPerSecond": own?.bytesPerSecond ?? null,
});

/** The throttle that the fields hold, as the API takes it. */
export function throttleFrom(values: ThrottleValues) {
  if (values["throttle.mode"] === "inherit") return { mode: "inherit" as const };
  const always = values["throttle.always"];
  return {
    mode: "own" as const,
    enabled: values["throttle.enabled"],
    always,
    from: always ? null : values["throttle.from"],
    to: always ? null : values["throttle.to"],
    offAtWeekend: values["throttle.offAtWeekend"],
    bytesPerSecond: values["throttle.bytesPerSecond"],
  };
}

/** The switches of a throttle: inherited, or own with its hours and its limit. */
export function ThrottleFields<V extends ThrottleValues>({ form: given }: { form: Form<V> }) {
  const { t } = useTranslation();
  const form = given as unknown as Form<ThrottleValues>;
  const isOwn = form.values["throttle.mode"] === "own";
  const isOn = isOwn && form.values["throttle.enabled"];
  return (
    <>
      <div>
        <SegmentedControl
          aria-label={t("devices.throttle.title")}
          value={form.values["throttle.mode"]}
          onChange={(value) => form.set("throttle.mode", value)}
          data={[
            { value: "inherit", label: t("devices.throttle.inherit") },
            { value: "own", label: t("devices.throttle.own") },
          ]}
        />
      </div>
      {isOwn && (
        <Switch
          label={t("devices.throttle.enabled")}
          checked={form.values["throttle.enabled"]}
          onChange={(event) => form.set("throttle.enabled", event.currentTarget.checked)}
        />
      )}
      {isOn && (
        <>
          <BytesField label={t("devices.throttle.perSecond")} {...form.field("throttle.bytesPerSecond")} />
          <Switch
            label={t("devices.throttle.always")}
            checked={form.values["throttle.always"]}
            onChange={(event) => form.set("throttle.always", event.currentTarget.checked)}
          />
          {!form.values["throttle.always"] && (
            <div className={styles.pair}>
              <TextInput type="time" label={t("devices.throttle.from")} {...form.text("throttle.from")} />
              <TextInput type="time" label={t("devices.throttle.to")} {...form.text("throttle.to")} />
            </div>
          )}
          <Switch
            label={t("devices.throttle.offAtWeekend")}
            checked={form.values["throttle.offAtWeekend"]}
            onChange={(event) => form.set("throttle.offAtWeekend", event.currentTarget.checked)}
          />
        </>
      )}
    </>
  );
}
