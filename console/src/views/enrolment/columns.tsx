import { Button } from "@mantine/core";
import type { Schemas } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Status } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { usePlanName } from "../accounts/columns.tsx";

export type Key = Schemas["EnrolmentKey"];
const tones = { active: "good", expired: "calm", revoked: "bad", used_up: "calm" } as const;

/** The columns of the enrolment keys; with `onRevoke` a button for it. */
export function useKeyColumns(onRevoke: ((key: Key) => void) | null): Column<Key>[] {
  const { t } = useTranslation();
  const { number } = useFormats();
  const planName = usePlanName();
  return useMemo((): Column<Key>[] => {
    const all: Column<Key>[] = [
      {
        id: "name",
        header: t("enrolment.columns.name"),
        width: 220,
        grow: true,
        sort: "loaded",
        value: ({ name }) => name,
        cell: ({ name }) => <b>{name}</b>,
      },
      {
        id: "state",
        header: t("enrolment.columns.state"),
        width: 130,
        brief: true,
        sort: "loaded",
        value: ({ state }) => state,
        cell: ({ state }) => <Status tone={tones[state]} label={t(`enrolment.states.${state}`)} />,
      },
      {
        id: "uses",
        header: t("enrolment.columns.uses"),
        width: 140,
        align: "right",
        sort: "loaded",
        value: ({ uses }) => uses,
        cell: ({ uses, maxUses }) =>
          maxUses === null ? number(uses) : t("enrolment.usesOf", { uses: number(uses), most: number(maxUses) }),
      },
      {
        id: "plan",
        header: t("accounts.columns.plan"),
        width: 160,
        sort: "loaded",
        value: ({ plan }) => (plan === null ? null : planName(plan)),
        cell: ({ plan }) => (plan === null ? t("enrolment.planOfParent") : planName(plan)),
      },
      {
        id: "expires",
        header: t("enrolment.columns.expires"),
        width: 180,
        sort: "loaded",
        value: ({ expiresAt }) => expiresAt,
        cell: ({ expiresAt }) => <Moment at={expiresAt} show="dateTime" none={t("terms.unlimited")} />,
      },
      {
        id: "created",
        header: t("devices.columns.created"),
        width: 130,
        sort: "loaded",
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Moment at={createdAt} show="date" />,
      },
    ];
    if (!onRevoke) return all;
    return [
      ...all,
      {
        id: "actions",
        header: t("contacts.columns.actions"),
        width: 120,
        fixed: true,
        brief: true,
        value: () => null,
        cell: (key) =>
          key.state === "revoked" ? null : (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`${t("enrolment.revoke")}: ${key.name}`}
              onClick={() => onRevoke(key)}
            >
              {t("enrolment.revoke")}
            </Button>
          ),
      },
    ];
  }, [t, number, planName, onRevoke]);
}
