import { Button } from "@mantine/core";
import { IconArrowsRightLeft, IconPlayerPause, IconPlayerPlay, IconTrash, IconX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import type { DeviceRow } from "./data.ts";
import styles from "./devices.module.css";

interface BulkBarProps {
  /** The ticked devices. */
  rows: readonly DeviceRow[];
  nodeId: string;
  onDone: () => void;
}

/** Does something with each, a few at a time, and goes on where one is refused. @throws the first refusal, where all were refused */
async function each<Row>(
  rows: readonly Row[],
  run: (row: Row) => Promise<unknown>,
): Promise<{ done: Row[]; refused: unknown[] }> {
  const done: Row[] = [];
  const refused: unknown[] = [];
  const [first, ...rest] = rows;
  if (first === undefined) return { done, refused };
  const one = async (row: Row): Promise<void> => {
    try {
      await run(row);
      done.push(row);
    } catch (error) {
      refused.push(error);
    }
  };
  // The first alone: where it needs a proof, that is asked for once.
  await withProof(async () => {
    await run(first);
    done.push(first);
  }).catch((error: unknown) => refused.push(error));
  for (let at = 0; at < rest.length; at += 4) await Promise.all(rest.slice(at, at + 4).map(one));
  return { done, refused };
}

/** What can be done with the ticked devices. */
export function BulkBar({ rows, nodeId, onDone }: BulkBarProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState<"suspend" | "activate" | null>(null);
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["devices"] });
  const count = rows.length;
  const switchAll = async (to: "suspend" | "activate"): Promise<void> => {
    const call = to === "suspend" ? tenantry.deactivateDevice : tenantry.activateDevice;
    const back = to === "suspend" ? tenantry.activateDevice : tenantry.deactivateDevice;
    const wanted = rows.filter(({ device }) => device.state === (to === "suspend" ? "active" : "suspended"));
    setBusy(to);
    const { done, refused } = await each(wanted, ({ device }) => call({ params: { id: device.id } }));
    setBusy(null);
    await refresh();
    if (refused.length > 0) notifyProblem(refused[0]);
    if (refused.length === 0) onDone();
    if (refused.length === 0 || done.length > 0)
      notify(t(`devices.bulk.${to}Done`, { count: done.length }), async () => {
        await each(done, ({ device }) => back({ params: { id: device.id } }));
        await refresh();
      });
  };
  const deleteAll = (): void =>
    ask({
      title: t("devices.bulk.deleteTitle", { count }),
      dangerous: true,
      action: t("devices.bulk.deleteAction", { count }),
      body: (
        <>
          {t("devices.deleteWhy")}
          <ul className={styles.list}>
            {rows.map(({ device, customer }) => (
              <li key={device.id}>
                {device.name}
                {customer ? `, ${customer.name}` : ""}
              </li>
            ))}
          </ul>
        </>
      ),
      run: async () => {
        const { done, refused } = await each(
          rows.filter(({ device }) => device.state !== "deleted"),
          ({ device }) => tenantry.deleteDevice({ params: { id: device.id }, query: { confirm: device.name } }),
        );
        await refresh();
        if (done.length > 0)
          notify(t("devices.bulk.deleted", { count: done.length }), async () => {
            await each(done, ({ device }) => tenantry.restoreDevice({ params: { id: device.id } }));
            await refresh();
          });
        if (refused.length > 0) throw refused[0];
        onDone();
      },
    });
  const has = (state: string): boolean => rows.some(({ device }) => device.state === state);
  return (
    <div className={styles.bulk} role="group" aria-label={t("devices.bulk.label")}>
      <span className={styles.count}>{t("parts.table.selected", { count })}</span>
      {has("active") && (
        <Button
          size="compact-sm"
          variant="default"
          loading={busy === "suspend"}
          leftSection={<IconPlayerPause size={15} aria-hidden />}
          onClick={() => void switchAll("suspend")}
        >
          {t("devices.actions.suspend")}
        </Button>
      )}
      {has("suspended") && (
        <Button
          size="compact-sm"
          variant="default"
          loading={busy === "activate"}
          leftSection={<IconPlayerPlay size={15} aria-hidden />}
          onClick={() => void switchAll("activate")}
        >
          {t("devices.actions.activate")}
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconArrowsRightLeft size={15} aria-hidden />}
        renderRoot={(props: object) => (
          <Link
            {...props}
            to="/n/$nodeId/move"
            params={{ nodeId }}
            search={{ what: "devices", ids: rows.map(({ device }) => device.id).join() }}
          />
        )}
      >
        {t("devices.actions.move")}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        color="red"
        leftSection={<IconTrash size={15} aria-hidden />}
        onClick={deleteAll}
      >
        {t("devices.actions.delete")}
      </Button>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<IconX size={15} aria-hidden />}
        onClick={onDone}
      >
        {t("devices.bulk.clear")}
      </Button>
    </div>
  );
}
