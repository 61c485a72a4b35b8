import { Select } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNode } from "../../frame/node-context.ts";
import { Note, Page, Section } from "../../parts/page.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Empty, Problem } from "../../parts/states.tsx";
import { ConfigForm } from "./config-form.tsx";
import { configQuery, issuerQuery, lastMonths, plansQuery, previewQuery } from "./data.ts";
import { Lines } from "./lines.tsx";
import { Findings, Sums } from "./sums.tsx";

const route = getRouteApi("/n/$nodeId/billing");

/** How a customer is invoiced, and what a month would cost it. */
export function BillingView() {
  return (
    <Page>
      <PreviewPart />
      <ConfigPart />
    </Page>
  );
}

function ConfigPart() {
  const { t } = useTranslation();
  const node = useNode();
  const config = useQuery(configQuery(node.id));
  const plans = useQuery(plansQuery);
  const issuer = useQuery(issuerQuery);
  const error = config.error ?? plans.error ?? issuer.error;
  if (error !== null) return <Problem error={error} onRetry={() => void config.refetch()} />;
  if (config.data === undefined || plans.data === undefined || issuer.data === undefined) return null;
  return (
    <Section title={t("billing.config", { name: node.name })} description={t("billing.configHint")}>
      {issuer.data === null && <Note tone="warn">{t("billing.noIssuer")}</Note>}
      {plans.data.items.length === 0 ? (
        <Note tone="warn">{t("billing.noPlans")}</Note>
      ) : (
        <ConfigForm key={config.data?.version ?? 0} config={config.data} plans={plans.data.items} node={node} />
      )}
    </Section>
  );
}

function PreviewPart() {
  const { t } = useTranslation();
  const node = useNode();
  const { period } = useFormats();
  const months = useMemo(() => lastMonths(13), []);
  const { month = months[0] ?? "" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: preview, error, refetch } = useQuery(previewQuery(node.id, month));
  const names = useMemo(
    () =>
      new Map([
        [node.id, node.name],
        ...(preview?.lines ?? []).map((line) => [line.customerId ?? "", line.customerName ?? ""] as const),
      ]),
    [preview, node],
  );
  return (
    <Section
      title={t("billing.preview")}
      description={t("billing.previewHint")}
      actions={
        <Select
          size="xs"
          aria-label={t("billing.month")}
          data={months.map((value) => ({ value, label: period(value) }))}
          value={month}
          allowDeselect={false}
          onChange={(value) => void navigate({ search: { month: value ?? undefined }, replace: true })}
        />
      }
    >
      {error !== null && <Problem error={error} onRetry={() => void refetch()} />}
      {preview === null && <Empty icon={IconReceipt} title={t("billing.notYetTitle")} hint={t("billing.notYetHint")} />}
      {preview && (
        <>
          <Findings findings={preview.findings} names={names} />
          {preview.lines.length > 0 && (
            <>
              <Lines lines={preview.lines} currency={preview.currency} />
              {preview.lineCount > preview.lines.length && (
                <p>{t("billing.more", { count: preview.lineCount - preview.lines.length })}</p>
              )}
              <Sums invoice={preview} />
            </>
          )}
        </>
      )}
    </Section>
  );
}
