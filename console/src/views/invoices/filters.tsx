import { SegmentedControl, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";
import { lastMonths } from "../billing/data.ts";
import { filterOf, monthsKept, totalsQuery } from "./data.ts";
import styles from "./invoices.module.css";
import { states } from "./route.ts";

const route = getRouteApi("/n/$nodeId/invoices");

/** Which invoices are listed: issued or received, of which state, customer and months. */
export function Filters({ sells }: { sells: boolean }) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const { received, state, payer, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (more: object): void =>
    void navigate({ search: (before: object) => ({ ...before, ...more }), replace: true });
  const { from = "", to = "" } = filterOf(search);
  const months = useMemo(() => lastMonths(monthsKept).map((value) => ({ value, label: period(value) })), [period]);
  // Whoever has an invoice of these months, whichever customer is chosen.
  const { data: report } = useQuery({ ...totalsQuery({ from, to }), enabled: sells && !received });
  const payers = report?.payers ?? [];
  return (
    <>
      {sells && (
        <SegmentedControl
          size="xs"
          aria-label={t("invoices.side")}
          value={received ? "received" : "issued"}
          data={[
            { value: "issued", label: t("invoices.issued") },
            { value: "received", label: t("invoices.received") },
          ]}
          onChange={(value) => set({ received: value === "received" || undefined, payer: undefined })}
        />
      )}
      <Select
        size="xs"
        w={130}
        aria-label={t("invoices.state")}
        placeholder={t("invoices.all")}
        clearable
        data={states.map((value) => ({ value, label: t(`invoices.states.${value}`) }))}
        value={state ?? null}
        onChange={(value) => set({ state: value ?? undefined })}
      />
      {sells && !received && (
        <Select
          size="xs"
          w={190}
          aria-label={t("invoices.columns.payer")}
          placeholder={t("invoices.everybody")}
          searchable
          clearable
          data={payers.map(({ payerId, payerName }) => ({ value: payerId, label: payerName }))}
          value={payer ?? null}
          onChange={(value) => set({ payer: value ?? undefined })}
        />
      )}
      {(["from", "to"] as const).map((end) => (
        <Select
          key={end}
          size="xs"
          w={185}
          aria-label={t(`invoices.${end}`)}
          leftSection={t(`invoices.${end}`)}
          leftSectionWidth={44}
          leftSectionProps={{ className: styles.side }}
          allowDeselect={false}
          data={months.filter(({ value }) => (end === "from" ? value <= to : value >= from))}
          value={end === "from" ? from : to}
          onChange={(value) => set({ [end]: value ?? undefined })}
        />
      ))}
    </>
  );
}
