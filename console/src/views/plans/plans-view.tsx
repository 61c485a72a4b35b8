import { Button, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconTags } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Empty } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { wholeList } from "../../parts/table/use-list.ts";
import { type Plan, plansQuery } from "../accounts/data.ts";

/** The service plans: what accounts may do, and how much they store by default. */
export function PlansView() {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const client = useQueryClient();
  const { bytes } = useFormats();
  const [edited, setEdited] = useState<Plan | "new" | null>(null);
  const mayEdit = may("plans:write") && me.scope.level === "provider";
  const query = useQuery(plansQuery);
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["plans"] });
  const yes = (value: boolean): string => t(value ? "plans.yes" : "plans.no");
  const retire = (plan: Plan): void =>
    ask({
      title: t("plans.retireTitle", { name: plan.name }),
      body: t("plans.retireBody"),
      action: t("plans.retire"),
      run: async () => {
        await tenantry.deletePlan({ params: { code: plan.code } });
        notify(t("plans.retired", { name: plan.name }), async () => {
          await tenantry.putPlan({ params: { code: plan.code }, body: bodyOf(plan) });
          await refresh();
        });
        await refresh();
      },
    });
  const columns: Column<Plan>[] = [
    {
      id: "name",
      header: t("plans.columns.name"),
      width: 200,
      grow: true,
      value: ({ name }) => name,
      cell: ({ name, code }) => (
        <span>
          {name} {name.toLowerCase() !== code && <span style={{ color: "var(--soft)" }}>{code}</span>}
        </span>
      ),
    },
    {
      id: "quota",
      header: t("plans.columns.quota"),
      width: 140,
      brief: true,
      value: ({ hardQuotaBytes }) => hardQuotaBytes,
      cell: ({ hardQuotaBytes }) => (hardQuotaBytes === null ? t("terms.unlimited") : bytes(hardQuotaBytes)),
    },
    {
      id: "versioning",
      header: t("plans.columns.versioning"),
      width: 140,
      value: ({ rights }) => rights.versioning,
      cell: ({ rights }) => yes(rights.versioning),
    },
    {
      id: "openFiles",
      header: t("plans.columns.openFiles"),
      width: 190,
      value: ({ rights }) => rights.openFileBackupOnServers,
      cell: ({ rights }) => yes(rights.openFileBackupOnServers),
    },
    {
      id: "trial",
      header: t("plans.columns.trial"),
      width: 110,
      value: ({ trial }) => trial,
      cell: ({ trial }) => yes(trial),
    },
    {
      id: "state",
      header: t("customers.columns.state"),
      width: 150,
      brief: true,
      value: ({ retiredAt }) => (retiredAt === null ? "offered" : "retired"),
      cell: ({ retiredAt }) =>
        retiredAt === null ? (
          <Status tone="good" label={t("plans.offered")} />
        ) : (
          <Status tone="calm" label={t("plans.isRetired")} />
        ),
    },
    {
      id: "actions",
      header: t("details.actions"),
      width: 200,
      fixed: true,
      value: () => null,
      cell: (plan) =>
        mayEdit && (
          <>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => setEdited(plan)}
              aria-label={`${t("services.change")}: ${plan.name}`}
            >
              {t(plan.retiredAt === null ? "services.change" : "plans.bringBack")}
            </Button>
            {plan.retiredAt === null && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                onClick={() => retire(plan)}
                aria-label={`${t("plans.retire")}: ${plan.name}`}
              >
                {t("plans.retire")}
              </Button>
            )}
          </>
        ),
    },
  ];
  return (
    <>
      <DataTable
        id="plans"
        label={t("plans.list")}
        columns={columns}
        list={wholeList(query.data, query)}
        rowId={({ code }) => code}
        filters={
          mayEdit && (
            <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited("new")}>
              {t("plans.add")}
            </Button>
          )
        }
        empty={<Empty icon={IconTags} title={t("plans.emptyTitle")} hint={t("plans.emptyHint")} />}
      />
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === "new" ? t("plans.add") : t("plans.change")}
      >
        {edited !== null && (
          <PlanForm
            plan={edited === "new" ? null : edited}
            onDone={() => {
              setEdited(null);
              void refresh();
            }}
          />
        )}
      </Dialog>
    </>
  );
}

const bodyOf = ({ name, hardQuotaBytes, rights, trial }: Plan) => ({ name, hardQuotaBytes, rights, trial });
type PlanValues = {
  code: string;
  name: string;
  hardQuotaBytes: number | null;
  "rights.versioning": boolean;
  "rights.openFileBackupOnServers": boolean;
  trial: boolean;
};

function PlanForm({ plan, onDone }: { plan: Plan | null; onDone: () => void }) {
  const { t } = useTranslation();
  const initial = useMemo(
    (): PlanValues => ({
      code: plan?.code ?? "",
      name: plan?.name ?? "",
      hardQuotaBytes: plan?.hardQuotaBytes ?? null,
      "rights.versioning": plan?.rights.versioning ?? true,
      "rights.openFileBackupOnServers": plan?.rights.openFileBackupOnServers ?? true,
      trial: plan?.trial ?? false,
    }),
    [plan],
  );
  const form = useForm<PlanValues>({ id: `plan.${plan?.code ?? "new"}`, initial });
  const { values } = form;
  const save = async (): Promise<void> => {
    if (
      form.fault({
        ...(values.name.trim() === "" && { name: t("parts.required") }),
        ...(!/^[a-z][a-z0-9-]*$/.test(values.code) && { code: t("plans.codeInvalid") }),
      })
    )
      return;
    const saved = await form.submit(() =>
      tenantry.putPlan({
        params: { code: values.code },
        body: {
          name: values.name.trim(),
          hardQuotaBytes: values.hardQuotaBytes,
          rights: {
            versioning: values["rights.versioning"],
            openFileBackupOnServers: values["rights.openFileBackupOnServers"],
          },
          trial: values.trial,
        },
        ...(plan !== null && { ifMatch: plan.version }),
      }),
    );
    if (!saved) return;
    notify(t("details.saved", { name: saved.name }));
    onDone();
  };
  const flag = (name: "rights.versioning" | "rights.openFileBackupOnServers" | "trial", label: string, off = false) => (
    <Switch
      label={label}
      checked={values[name]}
      disabled={off}
      onChange={(event) => form.set(name, event.currentTarget.checked)}
    />
  );
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void save()} onCancel={onDone}>
      <TextInput label={t("plans.columns.name")} withAsterisk {...form.text("name")} />
      <TextInput
        label={t("plans.code")}
        description={t("plans.codeHint")}
        withAsterisk
        disabled={plan !== null}
        {...form.text("code")}
      />
      <BytesField
        label={t("plans.columns.quota")}
        description={t("plans.quotaHint")}
        none={t("terms.unlimited")}
        {...form.field("hardQuotaBytes")}
      />
      {flag("rights.versioning", t("plans.columns.versioning"))}
      {flag("rights.openFileBackupOnServers", t("plans.columns.openFiles"))}
      {flag("trial", t("plans.trialHint"), plan !== null)}
    </FormFrame>
  );
}
