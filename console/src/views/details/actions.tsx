import { Button, Group, Menu } from "@mantine/core";
import { IconArrowRight, IconChevronDown, IconPlayerPause, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { withProof } from "../../app/step-up.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Note } from "../../parts/page.tsx";
import { DetailsMail } from "../add/details-mail.tsx";
import { previewDeletion, refreshCustomer } from "./data.ts";
import { ExtendTrial } from "./extend-trial.tsx";
import { moveLink } from "../moves/link.ts";

/** What can be done with a customer as a whole. */
export function Actions({ node }: { node: Node }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const may = useMay();
  const { bytes } = useFormats();
  const [open, setOpen] = useState<"mail" | "extend" | null>(null);
  const params = { id: node.id };
  const isOwn = node.parentId === null;
  const use = node.level === "end-customer" || node.level === "site";

  const switchActive = async (active: boolean): Promise<void> => {
    try {
      const changed = await (active ? tenantry.activateCustomer({ params }) : tenantry.deactivateCustomer({ params }));
      refreshCustomer(client, changed);
      notify(t(active ? "details.activated" : "details.deactivated", { name: node.name }), async () => {
        refreshCustomer(
          client,
          await (active ? tenantry.deactivateCustomer({ params }) : tenantry.activateCustomer({ params })),
        );
      });
    } catch (error) {
      notifyProblem(error);
    }
  };
  const askToDeactivate = (): void =>
    ask({
      title: t("details.deactivateTitle", { name: node.name }),
      body: t("details.deactivateBody", { count: node.deviceCount }),
      action: t("details.deactivate"),
      run: () => switchActive(false),
    });
  const askToEndTrial = (): void =>
    ask({
      title: t("details.endTrialTitle", { name: node.name }),
      body: t("details.endTrialBody"),
      action: t("details.endTrial"),
      run: async () => {
        refreshCustomer(client, await tenantry.endTrial({ params }));
        notify(t("details.trialEnded", { name: node.name }));
      },
    });
  const askToDelete = async (): Promise<void> => {
    try {
      const preview = await withProof(() => previewDeletion(node));
      const counts = preview?.nodes ?? { customers: 0, accounts: 0, devices: 0, backupSets: 0 };
      ask({
        title: t("details.deleteTitle", { name: node.name }),
        body: (
          <>
            <p style={{ marginTop: 0 }}>{t("details.deleteBody")}</p>
            <ul style={{ margin: 0, paddingInlineStart: 20 }}>
              <li>{t("details.goes.customers", { count: counts.customers })}</li>
              <li>{t("details.goes.accounts", { count: counts.accounts })}</li>
              <li>{t("details.goes.devices", { count: counts.devices })}</li>
              <li>{t("details.goes.data", { amount: bytes(preview?.usedBytes ?? 0) })}</li>
            </ul>
            {preview?.complete === false && <p>{t("details.goes.more")}</p>}
          </>
        ),
        action: t("details.delete"),
        dangerous: true,
        name: node.name,
        run: async () => {
          const deleted = await tenantry.deleteCustomer({ params, query: { confirm: node.name } });
          notify(t("details.deleted", { name: node.name }), async () => {
            refreshCustomer(client, await tenantry.restoreCustomer({ params }));
          });
          await navigate({ to: "/n/$nodeId/customers", params: { nodeId: deleted.parentId ?? node.id } });
          refreshCustomer(client);
        },
      });
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Group gap="sm" role="group" aria-label={t("details.actions")}>
      {!isOwn &&
        (node.active ? (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerPause size={15} aria-hidden />}
            onClick={askToDeactivate}
          >
            {t("details.deactivate")}
          </Button>
        ) : (
          <Button
            size="xs"
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            onClick={() => void switchActive(true)}
          >
            {t("details.activate")}
          </Button>
        ))}
      {node.trial !== null && (
        <>
          <Button size="xs" variant="default" onClick={askToEndTrial}>
            {t("details.endTrial")}
          </Button>
          {node.trial.extendedAt === null && (
            <Button size="xs" variant="default" onClick={() => setOpen("extend")}>
              {t("details.extendTrial")}
            </Button>
          )}
        </>
      )}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            {t("frame.more")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setOpen("mail")}>{t("add.mail.title")}</Menu.Item>
          {!isOwn && !node.isDefault && (
            <Menu.Item
              component={Link}
              {...moveLink(node.id, { what: "customers", ids: node.id })}
              leftSection={<IconArrowRight size={15} aria-hidden />}
            >
              {t("details.move")}
            </Menu.Item>
          )}
          {use && may("customers:write") && (
            <>
              <Menu.Item component={Link} {...moveLink(node.id, { what: "merge" })}>
                {t("details.merge")}
              </Menu.Item>
              <Menu.Item component={Link} {...moveLink(node.id, { what: "split" })}>
                {t("details.split")}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {!isOwn && !node.isDefault && (
        <Button
          size="xs"
          variant="light"
          color="red"
          leftSection={<IconTrash size={15} aria-hidden />}
          onClick={() => void askToDelete()}
        >
          {t("details.deleteEllipsis")}
        </Button>
      )}
      <Dialog opened={open === "mail"} onClose={() => setOpen(null)} title={t("add.mail.title")} size="lg">
        {open === "mail" && <DetailsMail id={node.id} />}
      </Dialog>
      <Dialog opened={open === "extend"} onClose={() => setOpen(null)} title={t("details.extendTrial")}>
        {open === "extend" && <ExtendTrial node={node} onDone={() => setOpen(null)} />}
      </Dialog>
    </Group>
  );
}

/** A customer that is deleted can be restored for a while. */
export function DeletedNote({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const client = useQueryClient();
  const may = useMay();
  const restore = async (): Promise<void> => {
    try {
      refreshCustomer(client, await tenantry.restoreCustomer({ params: { id: node.id } }));
      notify(t("details.restored", { name: node.name }));
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Note tone="warn">
      <Group justify="space-between" gap="sm">
        {t("details.isDeleted", { until: node.purgeAt === null ? "–" : dateTime(node.purgeAt) })}
        {may("customers:write") && (
          <Button size="xs" onClick={() => void restore()}>
            {t("details.restore")}
          </Button>
        )}
      </Group>
    </Note>
  );
}
