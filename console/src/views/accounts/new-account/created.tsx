import { Button, Group, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Facts } from "../../../parts/show/facts.tsx";
import { useFormats } from "../../../parts/show/formats.ts";
import { Note, Page } from "../../../parts/page.tsx";
import { Section } from "../../../parts/section.tsx";
import { Problem } from "../../../parts/states.tsx";
import { Status } from "../../../parts/show/status.tsx";
import { DetailsMail } from "../../account/details-mail.tsx";
import { accountQuery } from "../../device/data.ts";
import { usePlanName } from "../columns.tsx";

/** After an account was made: what it is, and the mail with its details to look at and send. */
export function Created({ id }: { id: string }) {
  const { t } = useTranslation();
  const { bytes, date } = useFormats();
  const planName = usePlanName();
  const { data: account, error, refetch } = useQuery(accountQuery(id));
  const [done, setDone] = useState(false);
  if (error !== null && !account) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!account) return <Skeleton height={240} />;
  const { effectiveQuota, trial, contact } = account;
  return (
    <Page narrow>
      <Section
        title={t("accounts.new.created", { name: account.username })}
        actions={<Status tone="good" label={t("accounts.new.done")} />}
      >
        <Facts
          facts={[
            [t("accounts.columns.plan"), planName(account.plan)],
            [t("accounts.columns.contact"), `${contact.name} <${contact.emailDisplay}>`],
            [
              t("accounts.effective"),
              effectiveQuota.bytes === null ? t("terms.unlimited") : bytes(effectiveQuota.bytes),
            ],
            trial === null ? null : [t("accounts.new.trialUntil"), date(trial.endsAt)],
          ]}
        />
        {account.detailsMailId !== null && (
          <Note tone="good">{t("accounts.new.passwordMailed", { to: contact.emailDisplay })}</Note>
        )}
        <Group gap="sm">
          <Button component={Link} to={`/n/${account.customerId}/accounts/${account.id}`} data-autofocus>
            {t("accounts.new.open")}
          </Button>
          <Button
            variant="default"
            renderRoot={(props: object) => (
              <Link
                {...props}
                to="/n/$nodeId/accounts/new"
                params={{ nodeId: account.customerId }}
                search={{ way: "sub-account", parent: account.parentAccountId ?? account.id }}
              />
            )}
          >
            {t("accounts.new.another")}
          </Button>
        </Group>
      </Section>
      {!done && (
        <Section title={t("accounts.mail.title")} hint={t("accounts.mail.hint")}>
          <DetailsMail account={account} onDone={() => setDone(true)} />
        </Section>
      )}
    </Page>
  );
}
