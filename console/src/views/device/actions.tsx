import { Button, Menu } from "@mantine/core";
import {
  IconArrowsRightLeft,
  IconChevronDown,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconReplace,
  IconRestore,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { type Device, refreshDevices } from "./data.ts";
import styles from "./device.module.css";
import { EditDevice } from "./edit-device.tsx";
import { ApproveButton, ReplaceDialog } from "./identity.tsx";

/** Suspends a device, or activates it again; it can be undone. */
export async function switchDevice(device: Device, active: boolean): Promise<void> {
  const call = (on: boolean) =>
    (on ? tenantry.activateDevice : tenantry.deactivateDevice)({ params: { id: device.id } }).then(refreshDevices);
  try {
    await call(active);
    notify(i18next.t(active ? "devices.done.activated" : "devices.done.suspended", { name: device.name }), () =>
      call(!active),
    );
  } catch (error) {
    notifyProblem(error);
  }
}

async function restore(device: Device): Promise<void> {
  try {
    await tenantry.restoreDevice({ params: { id: device.id } });
    await refreshDevices();
    notify(i18next.t("devices.done.restored", { name: device.name }));
  } catch (error) {
    notifyProblem(error);
  }
}

/** What can be done with a device as a whole. */
export function DeviceActions({ device }: { device: Device }) {
  const { t } = useTranslation();
  const may = useMay();
  const [dialog, setDialog] = useState<"edit" | "replace" | null>(null);
  if (!may("devices:write")) return null;
  const { state, name, id } = device;
  if (state === "deleted")
    return device.replacedBy !== null ? null : (
      <Button size="xs" leftSection={<IconRestore size={16} aria-hidden />} onClick={() => void restore(device)}>
        {t("devices.actions.restore")}
      </Button>
    );
  const remove = (): void =>
    ask({
      title: t("devices.deleteTitle", { name }),
      body: t("devices.deleteWhy"),
      action: t("devices.actions.delete"),
      dangerous: true,
      name,
      run: async () => {
        await tenantry.deleteDevice({ params: { id }, query: { confirm: name } });
        await refreshDevices();
        notify(t("devices.done.deleted", { name }), async () => {
          await tenantry.restoreDevice({ params: { id } });
          await refreshDevices();
        });
      },
    });
  return (
    <div className={styles.buttons}>
      {state === "pending" && <ApproveButton device={device} />}
      {state === "active" && (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => void switchDevice(device, false)}
        >
          {t("devices.actions.suspend")}
        </Button>
      )}
      {state === "suspended" && (
        <Button
          size="xs"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => void switchDevice(device, true)}
        >
          {t("devices.actions.activate")}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPencil size={16} aria-hidden />}
        onClick={() => setDialog("edit")}
      >
        {t("devices.actions.edit")}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            {t("devices.actions.more")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            renderRoot={(props: object) => (
              <Link
                {...props}
                to="/n/$nodeId/move"
                params={{ nodeId: device.customerId }}
                search={{ what: "devices", ids: id }}
              />
            )}
            leftSection={<IconArrowsRightLeft size={16} aria-hidden />}
          >
            {t("devices.actions.move")}
          </Menu.Item>
          <Menu.Item leftSection={<IconReplace size={16} aria-hidden />} onClick={() => setDialog("replace")}>
            {t("devices.actions.replace")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={remove}>
            {t("devices.actions.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={dialog === "edit"} onClose={() => setDialog(null)} title={t("devices.editTitle")} size="lg">
        {dialog === "edit" && <EditDevice device={device} onDone={() => setDialog(null)} />}
      </Dialog>
      <ReplaceDialog device={device} opened={dialog === "replace"} onClose={() => setDialog(null)} />
    </div>
  );
}
