import { Button, Group, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { customerQuery } from "../../frame/data.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Facts, Note, Page, Section } from "../../parts/page.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import { Problem } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import type { FollowUp } from "./data.ts";
import { DetailsMail } from "./details-mail.tsx";

/** After a customer was added: what it is now, the mail with its details, and what to do next. */
export function Created({ id, parent, after }: { id: string; parent: Node; after: readonly FollowUp[] }) {
  const { t } = useTranslation();
  const region = useRegions();
  const { bytes, number, date } = useFormats();
  const {
    data: customer,
    error,
    refetch,
  } = useQuery({
    ...customerQuery(id),
    // Its storage is set up within moments.
    refetchInterval: ({ state }) => (state.data?.vault?.status === "provisioning" ? 1500 : false),
  });
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!customer) return <Skeleton height={240} />;
  const { vault, trial, space, licences } = customer;
  const links = { to: `/n/${customer.id}` };
  return (
    <Page narrow>
      <Section
        title={t("add.created.title", { name: customer.name })}
        description={t("add.created.hint", { level: t(`terms.levels.${customer.level}`), parent: parent.name })}
        actions={<Status tone="good" label={t("add.created.done")} />}
      >
        <Facts
          items={[
            [t("add.fields.storageLocation"), region(customer.storageLocation)],
            [
              t("add.created.storage"),
              vault === null ? null : (
                <Status
                  tone={vault.status === "ready" ? "good" : vault.status === "failed" ? "bad" : "calm"}
                  label={t(`add.vault.${vault.status}`)}
                />
              ),
            ],
            [t("add.fields.serviceType"), t(`terms.serviceTypes.${customer.serviceType}`)],
            [t("add.fields.space"), space.limitBytes === null ? t("terms.unlimited") : bytes(space.limitBytes)],
            [t("add.fields.licences"), licences.limit === null ? t("terms.automatic") : number(licences.limit)],
            [t("add.created.trial"), trial === null ? null : date(trial.endsAt)],
          ]}
        />
        {after.map(({ what, error: failure }) =>
          failure === null ? (
            <Note key={what} tone="good">
              {t(`add.created.${what}`)}
            </Note>
          ) : (
            <div key={what}>
              <Note tone="bad">{t(`add.created.${what}Failed`)}</Note>
              <Problem error={failure} />
            </div>
          ),
        )}
        <Group gap="sm">
          <Button component={Link} {...links}>
            {t("add.created.open")}
          </Button>
          <Button component={Link} to={`/n/${parent.id}/add`} variant="default">
            {t("add.created.another")}
          </Button>
          {customer.level !== "end-customer" && customer.level !== "site" && (
            <Button component={Link} to={`/n/${customer.id}/add`} variant="default">
              {t("add.created.below")}
            </Button>
          )}
        </Group>
      </Section>
      <Section title={t("add.mail.title")} description={t("add.mail.hint")}>
        <DetailsMail id={id} />
      </Section>
    </Page>
  );
}
