import { Divider, NativeSelect, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { type Device, refreshDevices } from "./data.ts";
import { ThrottleFields, throttleFrom, throttleValues } from "./throttle-fields.tsx";

const kinds = ["workstation", "laptop", "server"] as const;

/** Name, kind, system, reference and throttling of a device. */
export function EditDevice({ device, onDone }: { device: Device; onDone: () => void }) {
  const { t } = useTranslation();
  const initial = useMemo(
    () => ({
      name: device.name,
      kind: device.kind,
      os: device.os,
      externalRef: device.externalRef ?? "",
      ...throttleValues(device.throttle),
    }),
    [device],
  );
  const form = useForm({ id: `device-${device.id}`, initial });
  const send = async (): Promise<void> => {
    if (form.fault(form.values.name.trim() === "" ? { name: t("parts.required") } : {})) return;
    const changes: Record<string, unknown> = {};
    for (const name of ["name", "kind", "os"] as const)
      if (form.changed.includes(name)) changes[name] = form.values[name];
    if (form.changed.includes("externalRef")) changes["externalRef"] = form.values.externalRef.trim() || null;
    if (form.changed.some((name) => name.startsWith("throttle."))) changes["throttle"] = throttleFrom(form.values);
    if (Object.keys(changes).length === 0) return onDone();
    const done = await form.submit(() =>
      saveEdit({
        base: device,
        changes,
        labels: {
          name: t("devices.columns.name"),
          kind: t("devices.columns.kind"),
          os: t("devices.columns.os"),
          externalRef: t("devices.columns.reference"),
          throttle: t("devices.throttle.title"),
        },
        show: (_, value) => (typeof value === "object" ? JSON.stringify(value) : String(value)),
        save: (body, version) => tenantry.updateDevice({ params: { id: device.id }, body, ifMatch: version }),
        reload: () => tenantry.getDevice({ params: { id: device.id } }),
      }),
    );
    if (done === undefined) return;
    await refreshDevices();
    if (done !== null) notify(t("devices.done.saved"));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void send()} onCancel={onDone}>
      <TextInput label={t("devices.columns.name")} required {...form.text("name")} />
      <NativeSelect
        label={t("devices.columns.kind")}
        {...form.text("kind")}
        data={kinds.map((value) => ({ value, label: t(`devices.kinds.${value}`) }))}
      />
      <TextInput label={t("devices.columns.os")} {...form.text("os")} />
      <TextInput label={t("devices.columns.reference")} {...form.text("externalRef")} />
      <Divider label={t("devices.throttle.title")} labelPosition="left" />
      <ThrottleFields form={form} />
    </FormFrame>
  );
}
