import { Button, Group, Switch, TextInput } from "@mantine/core";
import { IconPlus, IconReceipt } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { Output } from "@tenantry/client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { CountField } from "../../parts/form/count-field.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { majorUnits, minorUnits } from "../../parts/show/amounts.ts";
import { useMoney } from "../../parts/show/money.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Fields } from "../../parts/page.tsx";
import { Empty } from "../../parts/states.tsx";
import type { Column } from "../../parts/table/column.ts";
import { DataTable } from "../../parts/table/data-table.tsx";
import { useList } from "../../parts/table/use-list.ts";

type Service = Output<"listServices">["items"][number];
const route = getRouteApi("/n/$nodeId/services");

/** What a customer is billed for and nobody logs in to. */
export function ServicesView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const me = useMe();
  const client = useQueryClient();
  const { number } = useFormats();
  const { money } = useMoney();
  const { ended } = route.useSearch();
  const navigate = route.useNavigate();
  const [edited, setEdited] = useState<Service | "new" | null>(null);
  // The seller sets the price, not the customer itself.
  const mayEdit = may("billing:write") && me.scope.level !== "end-customer" && me.scope.level !== "site";
  const list = useList<Service>(["services", "list", node.id, ended], (cursor, signal) =>
    tenantry.listServices({
      query: {
        customerId: node.id,
        limit: 100,
        ...(ended && { ended: true }),
        ...(cursor !== undefined && { cursor }),
      },
      signal,
    }),
  );
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["services"] });
  const end = (service: Service): void =>
    ask({
      title: t("services.endTitle", { name: service.name }),
      body: t("services.endBody"),
      action: t("services.end"),
      dangerous: true,
      run: async () => {
        await tenantry.deleteService({ params: { id: service.id } });
        notify(t("services.ended", { name: service.name }));
        await refresh();
      },
    });
  const columns: Column<Service>[] = [
    {
      id: "name",
      header: t("services.columns.name"),
      width: 240,
      grow: true,
      value: ({ name }) => name,
      cell: ({ name }) => name,
    },
    {
      id: "quantity",
      header: t("services.columns.quantity"),
      width: 100,
      align: "right",
      value: ({ quantity }) => quantity,
      cell: ({ quantity }) => number(quantity),
    },
    {
      id: "price",
      header: t("services.columns.price"),
      width: 150,
      align: "right",
      value: ({ unitPrice }) => unitPrice.amount,
      cell: ({ unitPrice }) => money(unitPrice.amount, unitPrice.currency),
    },
    {
      id: "sum",
      header: t("services.columns.sum"),
      width: 150,
      align: "right",
      brief: true,
      value: ({ unitPrice, quantity }) => unitPrice.amount * quantity,
      cell: ({ unitPrice, quantity }) => money(unitPrice.amount * quantity, unitPrice.currency),
    },
    {
      id: "since",
      header: t("services.columns.since"),
      width: 130,
      value: ({ createdAt }) => createdAt,
      cell: ({ createdAt }) => <Moment at={createdAt} show="date" />,
    },
    {
      id: "until",
      header: t("services.columns.until"),
      width: 130,
      hidden: ended !== true,
      value: ({ endedAt }) => endedAt,
      cell: ({ endedAt }) => <Moment at={endedAt} show="date" />,
    },
    {
      id: "actions",
      header: t("details.actions"),
      width: 190,
      brief: true,
      fixed: true,
      value: () => null,
      cell: (service) =>
        mayEdit &&
        service.endedAt === null && (
          <>
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => setEdited(service)}
              aria-label={`${t("services.change")}: ${service.name}`}
            >
              {t("services.change")}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => end(service)}
              aria-label={`${t("services.end")}: ${service.name}`}
            >
              {t("services.end")}
            </Button>
          </>
        ),
    },
  ];
  return (
    <>
      <DataTable
        id="services"
        label={t("services.list", { name: node.name })}
        columns={columns}
        list={list}
        rowId={({ id }) => id}
        filters={
          <Group gap="md">
            <Switch
              size="xs"
              label={t("services.showEnded")}
              checked={ended === true}
              onChange={(event) =>
                void navigate({ search: { ended: event.currentTarget.checked || undefined }, replace: true })
              }
            />
            {mayEdit && (
              <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited("new")}>
                {t("services.add")}
              </Button>
            )}
          </Group>
        }
        empty={<Empty icon={IconReceipt} title={t("services.emptyTitle")} hint={t("services.emptyHint")} />}
      />
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={edited === "new" ? t("services.add") : t("services.change")}
      >
        {edited !== null && (
          <ServiceForm
            customerId={node.id}
            service={edited === "new" ? null : edited}
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

type ServiceValues = { name: string; quantity: number | null; amount: string; currency: string };

function ServiceForm({
  customerId,
  service,
  onDone,
}: {
  customerId: string;
  service: Service | null;
  onDone: () => void;
}) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const initial = useMemo(
    (): ServiceValues => ({
      name: service?.name ?? "",
      quantity: service?.quantity ?? 1,
      amount: service
        ? majorUnits(String(service.unitPrice.amount), service.unitPrice.currency, language === "de" ? "," : ".")
        : "",
      currency: service?.unitPrice.currency ?? "EUR",
    }),
    [service, language],
  );
  const form = useForm<ServiceValues>({ id: `service.${service?.id ?? customerId}`, initial });
  const { values } = form;
  const save = async (): Promise<void> => {
    const currency = values.currency.trim().toUpperCase();
    // A price of a service is whole minor units.
    const amount = Number(minorUnits(values.amount, currency) ?? Number.NaN);
    if (
      form.fault({
        ...(values.name.trim() === "" && { name: t("parts.required") }),
        ...(!Number.isSafeInteger(amount) && { amount: t("services.amountInvalid") }),
      })
    )
      return;
    const body = {
      name: values.name.trim(),
      quantity: values.quantity ?? 1,
      unitPrice: { amount, currency },
    };
    const saved = await form.submit(() =>
      service === null
        ? tenantry.createService({ body: { customerId, ...body } })
        : tenantry.updateService({ params: { id: service.id }, body, ifMatch: service.version }),
    );
    if (!saved) return;
    notify(t("details.saved", { name: saved.name }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void save()} onCancel={onDone}>
      <TextInput label={t("services.columns.name")} withAsterisk {...form.text("name")} />
      <Fields>
        <CountField label={t("services.columns.quantity")} {...form.field("quantity")} />
        <TextInput
          label={t("services.columns.price")}
          description={t("services.aMonth")}
          inputMode="decimal"
          withAsterisk
          {...form.text("amount")}
        />
        <TextInput label={t("services.currency")} maxLength={3} {...form.text("currency")} />
      </Fields>
    </FormFrame>
  );
}
