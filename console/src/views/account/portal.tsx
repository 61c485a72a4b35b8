import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { Facts } from "../../parts/show/facts.tsx";
import { Section } from "../../parts/section.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Account } from "../accounts/data.ts";

/** Whether the account's user can log in to the portal, and what has become of the last mail to it. */
export function PortalSection({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { data: settings } = useQuery({
    queryKey: ["settings", "effective", account.customerId],
    queryFn: ({ signal }) => tenantry.getEffectiveSettings({ params: { id: account.customerId }, signal }),
  });
  const { data: mail } = useQuery({
    queryKey: ["accounts", "mail", account.detailsMailId],
    queryFn: ({ signal }) => tenantry.getMail({ params: { id: account.detailsMailId ?? "" }, signal }),
    enabled: account.detailsMailId !== null,
  });
  const state =
    settings === undefined
      ? null
      : account.state === "suspended" || account.state === "deleted"
        ? "suspended"
        : !settings.portal.enabled.value
          ? "closed"
          : settings.access.secondFactor.value === "required"
            ? "factor"
            : "open";
  const tones: Record<"open" | "closed" | "factor" | "suspended", Tone> = {
    open: "good",
    closed: "calm",
    factor: "calm",
    suspended: "warn",
  };
  return (
    <Section title={t("accounts.portal.title")}>
      <Facts
        facts={[
          [
            t("accounts.portal.login"),
            state === null ? "…" : <Status key="login" tone={tones[state]} label={t(`accounts.portal.${state}`)} />,
          ],
          [
            t("accounts.portal.password"),
            t(account.mustChangePassword ? "accounts.portal.temporary" : "accounts.portal.own"),
          ],
          mail === undefined ? null : [t("accounts.portal.lastMail"), t(`accounts.mail.states.${mail.state}`)],
        ]}
      />
    </Section>
  );
}
