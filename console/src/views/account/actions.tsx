import { Button, Menu } from "@mantine/core";
import {
  IconArrowsRightLeft,
  IconChevronDown,
  IconKey,
  IconMail,
  IconPlayerPause,
  IconPlayerPlay,
  IconRestore,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { type Account, refreshAccounts } from "../accounts/data.ts";
import styles from "../device/device.module.css";
import { DetailsMail } from "./details-mail.tsx";
import { ResetPassword } from "./reset-password.tsx";

/** What can be done with an account as a whole. */
export function AccountActions({ account }: { account: Account }) {
  const { t } = useTranslation();
  const may = useMay();
  const [dialog, setDialog] = useState<"mail" | "password" | null>(null);
  if (!may("accounts:write")) return null;
  const { id, username: name } = account;
  const restore = async (): Promise<void> => {
    await tenantry.restoreAccount({ params: { id } });
    await refreshAccounts();
  };
  if (account.deletedAt !== null)
    return (
      <Button
        size="xs"
        leftSection={<IconRestore size={16} aria-hidden />}
        onClick={() => void restore().then(() => notify(t("devices.done.restored", { name })), notifyProblem)}
      >
        {t("devices.actions.restore")}
      </Button>
    );
  const change = async (active: boolean): Promise<void> => {
    await tenantry.updateAccount({ params: { id }, body: { active } });
    await refreshAccounts();
  };
  const switchTo = async (active: boolean): Promise<void> => {
    try {
      await change(active);
      notify(t(active ? "devices.done.activated" : "devices.done.suspended", { name }), () => change(!active));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const remove = (): void =>
    ask({
      title: t("devices.deleteTitle", { name }),
      body: t("accounts.deleteWhy"),
      action: t("devices.actions.delete"),
      dangerous: true,
      name,
      run: async () => {
        await tenantry.deleteAccount({ params: { id }, query: { confirm: name } });
        await refreshAccounts();
        notify(t("devices.done.deleted", { name }), restore);
      },
    });
  return (
    <div className={styles.buttons}>
      {account.active ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => void switchTo(false)}
        >
          {t("devices.actions.suspend")}
        </Button>
      ) : (
        <Button size="xs" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => void switchTo(true)}>
          {t("devices.actions.activate")}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        leftSection={<IconMail size={16} aria-hidden />}
        onClick={() => setDialog("mail")}
      >
        {t("accounts.sendDetails")}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            {t("devices.actions.more")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => setDialog("password")}>
            {t("accounts.resetPassword")}
          </Menu.Item>
          <Menu.Item
            renderRoot={(props: object) => (
              <Link
                {...props}
                to="/n/$nodeId/move"
                params={{ nodeId: account.customerId }}
                search={{ what: "accounts", ids: id }}
              />
            )}
            leftSection={<IconArrowsRightLeft size={16} aria-hidden />}
          >
            {t("devices.actions.move")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={remove}>
            {t("devices.actions.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={dialog === "mail"} onClose={() => setDialog(null)} title={t("accounts.mail.title")} size="lg">
        {dialog === "mail" && <DetailsMail account={account} onDone={() => setDialog(null)} />}
      </Dialog>
      <Dialog opened={dialog === "password"} onClose={() => setDialog(null)} title={t("accounts.resetPassword")}>
        {dialog === "password" && <ResetPassword account={account} onDone={() => setDialog(null)} />}
      </Dialog>
    </div>
  );
}
