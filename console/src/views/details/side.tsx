import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { Bar } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Facts, Note, Section } from "../../parts/page.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import { Status } from "../../parts/show/status.tsx";
import { CustomerState } from "../customers/customer-state.tsx";

/** What is good to know of a customer beside its record. */
export function Side({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { bytes, number, date } = useFormats();
  return (
    <>
      <Section title={t("details.state")}>
        <Facts
          items={[
            [t("customers.columns.state"), <CustomerState key="state" customer={node} />],
            [t("add.fields.level"), t(`terms.levels.${node.level}`)],
            [t("details.trialEnds"), node.trial === null ? null : date(node.trial.endsAt)],
            [t("details.billedFrom"), node.level === "provider" ? null : date(node.billedFrom)],
            [t("customers.columns.created"), <Moment key="created" at={node.createdAt} show="dateTime" />],
            [t("details.changed"), <Moment key="changed" at={node.updatedAt} />],
            [t("details.id"), <code key="id">{node.id}</code>],
          ]}
        />
      </Section>
      <Section title={t("details.use")}>
        <Facts
          items={[
            [
              t("customers.columns.spaceUsed"),
              <Bar key="space" used={node.space.usedBytes} limit={node.space.limitBytes} format={bytes} />,
            ],
            [
              t("customers.columns.licencesUsed"),
              <Bar key="licences" used={node.licences.used} limit={node.licences.limit} format={number} />,
            ],
            [t("details.licencesToDate"), number(node.licences.usedToDate)],
            [
              t("customers.columns.devices"),
              <Bar key="devices" used={node.deviceCount} limit={node.deviceLimit} format={number} />,
            ],
          ]}
        />
      </Section>
      <Place node={node} />
    </>
  );
}

/** Where its data lie, since when, and who has decided it. */
export function Place({ node }: { node: Node }) {
  const { t } = useTranslation();
  const region = useRegions();
  const { date } = useFormats();
  const { data } = useQuery({
    queryKey: ["customers", "storage", node.id],
    queryFn: ({ signal }) => tenantry.getStorage({ params: { id: node.id }, signal }),
  });
  const location = data?.location;
  return (
    <Section title={t("add.fields.storageLocation")}>
      <Facts
        items={[
          [t("details.location"), region(node.storageLocation)],
          [t("details.liesIn"), location ? `${region(location.regionCountry)} (${location.region})` : null],
          [
            t("add.created.storage"),
            node.vault === null ? null : (
              <Status
                tone={node.vault.status === "ready" ? "good" : node.vault.status === "failed" ? "bad" : "calm"}
                label={t(`add.vault.${node.vault.status}`)}
              />
            ),
          ],
          [
            t("details.decided"),
            data?.decision ? `${t(`details.rule.${data.decision.rule}`)}, ${date(data.decision.at)}` : null,
          ],
        ]}
      />
      {location?.residency === "nearest" && (
        <Note tone="warn">
          {t("add.location.elsewhere", {
            location: region(node.storageLocation),
            country: region(location.regionCountry),
            region: location.region,
          })}
        </Note>
      )}
    </Section>
  );
}
