import { Button } from "@mantine/core";
import { IconCoins, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { Panel } from "../../parts/dialogs/panel.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { wholeList } from "../../parts/table/use-list.ts";
import { plansQuery } from "../billing/data.ts";
import { planQuery, type PricePlan, versionsOf } from "./data.ts";
import { type Asked, PlanPanel } from "./plan-panel.tsx";
import { NewPlanForm, VersionForm } from "./prices-form.tsx";
import { RenameForm } from "./rename-form.tsx";

const route = getRouteApi("/n/$nodeId/prices");

/** The price plans of the caller's customer. */
export function PricesView() {
  const { t } = useTranslation();
  const may = useMay();
  const { period } = useFormats();
  const { plan: id } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(plansQuery);
  const { data: plan } = useQuery({ ...planQuery(id ?? ""), enabled: id !== undefined });
  const [asked, setAsked] = useState<Asked | "new" | null>(null);
  const columns = usePlanColumns();
  const open = (next: string | undefined): void => void navigate({ search: { plan: next } });
  const close = (): void => setAsked(null);
  const titleOf = (what: Asked | "new"): string => {
    if (what === "new") return t("prices.add");
    const { name } = what.plan;
    if (what.kind === "rename") return t("prices.renameTitle", { name });
    return what.validFrom === null
      ? t("prices.newVersionTitle", { name })
      : t("prices.editTitle", { name, day: period(what.validFrom) });
  };
  const add = may("billing:write") && (
    <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAsked("new")}>
      {t("prices.add")}
    </Button>
  );
  return (
    <>
      <DataTable
        id="prices"
        label={t("prices.list")}
        columns={columns}
        list={wholeList(query.data?.items, query)}
        rowId={(row) => row.id}
        filters={add}
        empty={<Empty icon={IconCoins} title={t("prices.emptyTitle")} hint={t("prices.emptyHint")} />}
      />
      <Panel opened={id !== undefined} title={plan?.name ?? t("prices.one")} size={640} onClose={() => open(undefined)}>
        {id !== undefined && <PlanPanel key={id} id={id} onAsk={setAsked} />}
      </Panel>
      <Dialog opened={asked !== null} onClose={close} title={asked === null ? "" : titleOf(asked)} size="xl">
        {asked === "new" && (
          <NewPlanForm
            onDone={(made) => {
              close();
              if (made) open(made.id);
            }}
          />
        )}
        {asked !== null && asked !== "new" && asked.kind === "version" && (
          <VersionForm base={asked.plan} validFrom={asked.validFrom} onDone={close} />
        )}
        {asked !== null && asked !== "new" && asked.kind === "rename" && (
          <RenameForm base={asked.plan} onDone={close} />
        )}
      </Dialog>
    </>
  );
}

function usePlanColumns(): Column<PricePlan>[] {
  const { t } = useTranslation();
  const { period, number } = useFormats();
  return useMemo((): Column<PricePlan>[] => {
    const since = (plan: PricePlan) => versionsOf(plan).find(({ when }) => when === "current")?.version.validFrom;
    const next = (plan: PricePlan) => versionsOf(plan).findLast(({ when }) => when === "future")?.version.validFrom;
    return [
      {
        id: "name",
        header: t("prices.columns.name"),
        width: 240,
        grow: true,
        value: ({ name }) => name,
        cell: ({ id, name }) => (
          <Link from="/n/$nodeId/prices" to="." search={{ plan: id }} data-name>
            {name}
          </Link>
        ),
      },
      {
        id: "currency",
        header: t("prices.columns.currency"),
        width: 110,
        value: ({ currency }) => currency,
        cell: ({ currency }) => currency,
      },
      {
        id: "since",
        header: t("prices.columns.since"),
        width: 170,
        brief: true,
        value: (plan) => since(plan) ?? null,
        cell: (plan) => {
          const from = since(plan);
          return from === undefined ? t("prices.notYet") : t("prices.since", { day: period(from) });
        },
      },
      {
        id: "next",
        header: t("prices.columns.next"),
        width: 220,
        brief: true,
        value: (plan) => next(plan) ?? null,
        cell: (plan) => {
          const from = next(plan);
          return from === undefined ? t("prices.noChange") : t("prices.nextFrom", { day: period(from) });
        },
      },
      {
        id: "versions",
        header: t("prices.columns.versions"),
        width: 110,
        align: "right",
        value: ({ versions }) => versions.length,
        cell: ({ versions }) => number(versions.length),
      },
    ];
  }, [t, period, number]);
}
