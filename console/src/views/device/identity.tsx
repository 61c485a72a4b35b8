import { Button, NativeSelect, Stack, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { accountsOf, plansQuery } from "../accounts/data.ts";
import { type Device, deviceQuery, refreshDevices } from "./data.ts";
import styles from "./device.module.css";

/** Lets a device in that waits: into an account that there is, or one of its own. */
export function ApproveButton({ device }: { device: Device }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" leftSection={<IconCheck size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t("devices.actions.approve")}
      </Button>
      <Dialog opened={open} onClose={() => setOpen(false)} title={t("devices.approve.title", { name: device.name })}>
        {open && <ApproveForm device={device} onDone={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function ApproveForm({ device, onDone }: { device: Device; onDone: () => void }) {
  const { t } = useTranslation();
  const { data: accounts } = useQuery(accountsOf(device.customerId));
  const { data: plans } = useQuery(plansQuery);
  const form = useForm({ id: `approve-${device.id}`, initial: { accountId: device.accountId ?? "", plan: "" } });
  const { accountId, plan } = form.values;
  const send = async (): Promise<void> => {
    const done = await form.submit(() =>
      tenantry.approveDevice({
        params: { id: device.id },
        body: { ...(accountId !== "" && { accountId }), ...(accountId === "" && plan !== "" && { plan }) },
      }),
    );
    if (!done) return;
    await refreshDevices();
    notify(t("devices.done.approved", { name: device.name }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("devices.actions.approve")} onSubmit={() => void send()} onCancel={onDone}>
      <Text size="sm">{t("devices.approve.why")}</Text>
      <NativeSelect
        label={t("terms.kinds.account")}
        {...form.text("accountId")}
        data={[
          { value: "", label: t("devices.approve.own") },
          ...(accounts ?? [])
            .filter(({ deletedAt }) => deletedAt === null)
            .map(({ id, username }) => ({ value: id, label: username })),
        ]}
      />
      {accountId === "" && (
        <NativeSelect
          label={t("accounts.columns.plan")}
          {...form.text("plan")}
          data={[
            { value: "", label: t("devices.approve.planOfParent") },
            ...(plans ?? [])
              .filter(({ retiredAt }) => retiredAt === null)
              .map(({ code, name }) => ({ value: code, label: name })),
          ]}
        />
      )}
    </FormFrame>
  );
}

/** Lets another device of the customer take over all that this one has. */
export function ReplaceDialog({ device, opened, onClose }: { device: Device; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={opened} onClose={onClose} title={t("devices.replace.title", { name: device.name })}>
      {opened && <ReplaceForm device={device} onDone={onClose} />}
    </Dialog>
  );
}

function ReplaceForm({ device, onDone }: { device: Device; onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery({
    queryKey: ["devices", "beside", device.customerId],
    queryFn: ({ signal }) =>
      tenantry.listDevices({ query: { customerId: device.customerId, limit: 200 }, signal }).then(({ items }) => items),
  });
  const others = (data ?? []).filter(({ id, state }) => id !== device.id && state !== "deleted");
  const twin = device.attention.find(({ code }) => code === "possible_duplicate")?.deviceId;
  const form = useForm({ id: `replace-${device.id}`, initial: { by: twin ?? "" } });
  const { by } = form.values;
  const send = async (): Promise<void> => {
    if (form.fault(by === "" ? { by: t("parts.required") } : {})) return;
    const done = await form.submit(() => tenantry.replaceDevice({ params: { id: device.id }, body: { by } }));
    if (!done) return;
    await refreshDevices();
    notify(t("devices.done.replaced", { name: device.name, by: done.device.name }));
    onDone();
    void navigate({
      to: "/n/$nodeId/devices/$deviceId",
      params: { nodeId: device.customerId, deviceId: done.device.id },
    });
  };
  return (
    <FormFrame form={form} action={t("devices.actions.replaceNow")} onSubmit={() => void send()} onCancel={onDone}>
      <Text size="sm">{t("devices.replace.why", { name: device.name })}</Text>
      <NativeSelect
        label={t("devices.replace.by")}
        {...form.text("by")}
        data={[
          { value: "", label: t("devices.replace.choose") },
          ...others.map(({ id, name, machineId }) => ({ value: id, label: `${name} (${machineId})` })),
        ]}
      />
    </FormFrame>
  );
}

/** What to decide where two computers may be one device, or one computer two. */
export function IdentityHints({ device }: { device: Device }) {
  const may = useMay();
  if (!may("devices:write")) return null;
  const conflict = device.attention.find(({ code }) => code === "identity_conflict");
  const twin = device.attention.find(({ code }) => code === "possible_duplicate")?.deviceId;
  return (
    <>
      {conflict && <Conflict device={device} identities={conflict.identities ?? []} />}
      {twin !== undefined && <Twin device={device} twin={twin} />}
    </>
  );
}

const resolve = async (device: Device, keep: "current" | "both"): Promise<void> => {
  await tenantry.resolveIdentity({ params: { id: device.id }, body: { keep } });
  await refreshDevices();
};

function Conflict({ device, identities }: { device: Device; identities: readonly { name: string; at: string }[] }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const [holder, former] = identities;
  const choose = (keep: "current" | "both"): void =>
    ask({
      title: t(`devices.identity.${keep}`),
      body: t(`devices.identity.${keep}Why`),
      action: t(`devices.identity.${keep}`),
      run: () => resolve(device, keep),
    });
  return (
    <div className={styles.identity}>
      <p>
        {holder &&
          former &&
          t("devices.identity.who", {
            holder: holder.name,
            holderAt: dateTime(holder.at),
            former: former.name,
            formerAt: dateTime(former.at),
          })}
      </p>
      <Button size="xs" variant="default" onClick={() => choose("current")}>
        {t("devices.identity.current")}
      </Button>
      <Button size="xs" variant="default" onClick={() => choose("both")}>
        {t("devices.identity.both")}
      </Button>
    </div>
  );
}

function Twin({ device, twin }: { device: Device; twin: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data } = useQuery(deviceQuery(twin));
  const isOther = (): void =>
    ask({
      title: t("devices.identity.other"),
      body: t("devices.identity.otherWhy"),
      action: t("devices.identity.other"),
      run: () => resolve(device, "both"),
    });
  return (
    <div className={styles.identity}>
      <Stack gap={2}>
        <p>{t("devices.identity.twin")}</p>
        <Link to="/n/$nodeId/devices/$deviceId" params={{ nodeId: device.customerId, deviceId: twin }}>
          {data?.name ?? twin}
        </Link>
      </Stack>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>
        {t("devices.identity.same")}
      </Button>
      <Button size="xs" variant="default" onClick={isOther}>
        {t("devices.identity.other")}
      </Button>
      <ReplaceDialog device={device} opened={open} onClose={() => setOpen(false)} />
    </div>
  );
}
