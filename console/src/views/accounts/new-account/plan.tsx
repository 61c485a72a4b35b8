import { NativeSelect, Radio, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Form } from "../../../parts/form/use-form.ts";
import { useFormats } from "../../../parts/show/formats.ts";
import { Fields, Note, Section } from "../../../parts/page.tsx";
import { mailLanguages } from "../../contacts/contact-form.tsx";
import type { Account, Contact as ContactRecord, Plan as ServicePlan } from "../data.ts";
import type { NewAccount } from "./data.ts";

interface Part {
  form: Form<NewAccount>;
}

/** Who gets the mails: a contact that there is, which is shared, or a new one. */
export function Contact({
  form,
  contacts,
  lead,
}: Part & { contacts: readonly ContactRecord[]; lead: Account | undefined }) {
  const { t, i18n } = useTranslation();
  const { values } = form;
  const isNew = values.contactWay === "new";
  const names = new Intl.DisplayNames(i18n.language, { type: "language" });
  const existing =
    values.way === "new-customer"
      ? t("accounts.new.contactOfCustomer")
      : values.way === "sub-account" && lead
        ? t("accounts.new.contactOfParent", { name: lead.contact.name })
        : t("accounts.new.contactExisting");
  return (
    <Section title={t("accounts.columns.contact")} description={t("accounts.new.contactHint")}>
      <Radio.Group
        aria-label={t("accounts.columns.contact")}
        value={values.contactWay}
        onChange={(chosen) => form.set("contactWay", chosen === "new" ? "new" : "existing")}
      >
        <Stack gap={10}>
          <Radio value="existing" label={existing} />
          <Radio value="new" label={t("accounts.new.contactNew")} />
        </Stack>
      </Radio.Group>
      {!isNew && values.way !== "new-customer" && contacts.length > 0 && (
        <NativeSelect
          label={t("accounts.new.whichContact")}
          {...form.text("contactId")}
          data={[
            {
              value: "",
              label: t(values.way === "sub-account" ? "accounts.new.sameAsParent" : "accounts.new.chooseContact"),
            },
            ...contacts.map(({ id, name, emailDisplay }) => ({ value: id, label: `${name} (${emailDisplay})` })),
          ]}
        />
      )}
      {isNew && (
        <Fields>
          <TextInput
            label={t("contacts.columns.name")}
            withAsterisk
            autoComplete="off"
            {...form.text("contact.name")}
          />
          <TextInput
            type="email"
            label={t("contacts.columns.email")}
            withAsterisk
            autoComplete="off"
            {...form.text("contact.email")}
          />
          <TextInput
            type="tel"
            label={t("contacts.columns.phone")}
            autoComplete="off"
            {...form.text("contact.phone")}
          />
          <NativeSelect
            label={t("contacts.columns.locale")}
            {...form.text("contact.locale")}
            data={[
              { value: "", label: t("contacts.inherited") },
              ...mailLanguages.map((value) => ({ value, label: names.of(value) ?? value })),
            ]}
          />
        </Fields>
      )}
    </Section>
  );
}

interface PlanProps extends Part {
  plans: readonly ServicePlan[];
  /** Parent accounts of the customer: each plan can be there once. */
  parents: readonly Account[];
  plan: ServicePlan | undefined;
}

/** What the account may do. A sub-account has its parent's plan. */
export function Plan({ form, plans, parents, plan }: PlanProps) {
  const { t } = useTranslation();
  const { values } = form;
  if (values.way === "sub-account")
    return plan === undefined ? null : (
      <Section title={t("accounts.columns.plan")}>
        <Note>{t("accounts.new.planOfParent", { plan: plan.name })}</Note>
      </Section>
    );
  const taken = new Set(values.way === "parent-account" ? parents.map((one) => one.plan) : []);
  return (
    <Section title={t("accounts.columns.plan")}>
      <Radio.Group
        aria-label={t("accounts.columns.plan")}
        value={values.plan}
        error={form.field("plan").error}
        onChange={(chosen) => form.set("plan", chosen)}
      >
        <Stack gap={10} mb={4}>
          {plans
            .filter(({ retiredAt }) => retiredAt === null)
            .map((one) => (
              <Radio
                key={one.code}
                value={one.code}
                label={one.name}
                disabled={taken.has(one.code)}
                description={taken.has(one.code) ? t("accounts.new.planTaken") : <PlanRights plan={one} />}
              />
            ))}
        </Stack>
      </Radio.Group>
    </Section>
  );
}

function PlanRights({ plan }: { plan: ServicePlan }) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  return (
    <>
      {[
        t(plan.rights.openFileBackupOnServers ? "accounts.new.rights.openFiles" : "accounts.new.rights.noOpenFiles"),
        t(plan.rights.versioning ? "accounts.new.rights.versions" : "accounts.new.rights.noVersions"),
        ...(plan.trial ? [t("accounts.new.rights.trial")] : []),
        ...(plan.hardQuotaBytes === null ? [] : [bytes(plan.hardQuotaBytes)]),
      ].join(", ")}
    </>
  );
}
