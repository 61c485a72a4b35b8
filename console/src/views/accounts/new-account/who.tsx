import { NativeSelect, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Node } from "../../../app/areas.ts";
import { useCountries } from "../../../parts/show/countries.ts";
import { ThingPicker } from "../../../parts/form/thing-picker.tsx";
import type { Form } from "../../../parts/form/use-form.ts";
import { Fields, Note, Section } from "../../../parts/page.tsx";
import { LocationField } from "../../add/location-field.tsx";
import { usePlanName } from "../columns.tsx";
import type { Account } from "../data.ts";
import { accountWays } from "../route.ts";
import { holdsAccounts, type NewAccount } from "./data.ts";

interface Part {
  form: Form<NewAccount>;
  node: Node;
}

/** Whether it comes with a new customer, below an account, or beside it. */
export function Way({ form, ways }: Pick<Part, "form"> & { ways: readonly NewAccount["way"][] }) {
  const { t } = useTranslation();
  return (
    <Section title={t("accounts.new.way")}>
      <Radio.Group
        aria-label={t("accounts.new.way")}
        value={form.values.way}
        onChange={(chosen) => form.set("way", accountWays.find((one) => one === chosen) ?? "new-customer")}
      >
        <Stack gap={10}>
          {ways.map((way) => (
            <Radio
              key={way}
              value={way}
              label={t(`accounts.new.ways.${way}.label`)}
              description={t(`accounts.new.ways.${way}.hint`)}
            />
          ))}
        </Stack>
      </Radio.Group>
    </Section>
  );
}

/** The customer: a new one, or one that there is, with the parent account. */
export function Who(props: Part & { parents: readonly Account[]; parentId: string }) {
  const { t } = useTranslation();
  const isNew = props.form.values.way === "new-customer";
  return (
    <Section title={t("accounts.columns.customer")}>
      {isNew ? <NewCustomer {...props} /> : <ExistingCustomer {...props} />}
    </Section>
  );
}

function NewCustomer({ form, node }: Part) {
  const { t } = useTranslation();
  const countries = useCountries();
  const { values } = form;
  return (
    <>
      <Fields>
        <TextInput
          label={t("accounts.new.customerName")}
          withAsterisk
          autoComplete="off"
          {...form.text("customer.name")}
        />
        <TextInput
          type="email"
          label={t("accounts.columns.email")}
          withAsterisk
          autoComplete="off"
          {...form.text("customer.email")}
        />
        <ThingPicker
          kind="customer"
          label={t("accounts.new.seller")}
          value={values.seller === "" ? null : { id: values.seller, name: values.sellerName, place: "" }}
          fits={({ path }) => path.at(-1)?.level === "reseller" && path.some(({ id }) => id === node.path[0]?.id)}
          error={form.field("seller").error}
          onChange={({ id, name }) => {
            form.set("seller", id);
            form.set("sellerName", name);
          }}
        />
      </Fields>
      <Fields>
        <Select
          label={t("accounts.new.country")}
          description={t("accounts.new.countryHint")}
          withAsterisk
          searchable
          allowDeselect={false}
          data={countries}
          value={values["customer.country"]}
          error={form.field("customer.country").error}
          onChange={(chosen) => {
            form.set("customer.country", chosen ?? values["customer.country"]);
            form.set("customer.storageLocation", "");
          }}
        />
        <Stack gap={8}>
          <LocationField country={values["customer.country"]} {...form.field("customer.storageLocation")} />
        </Stack>
      </Fields>
    </>
  );
}

function ExistingCustomer({ form, node, parents, parentId }: Part & { parents: readonly Account[]; parentId: string }) {
  const { t } = useTranslation();
  const planName = usePlanName();
  const { values } = form;
  return (
    <Fields>
      <ThingPicker
        kind="customer"
        label={t("accounts.columns.customer")}
        value={values.customerId === "" ? null : { id: values.customerId, name: values.customerName, place: "" }}
        fits={({ path }) => holdsAccounts(path.at(-1)?.level ?? "") && path.some(({ id }) => id === node.path[0]?.id)}
        error={form.field("customerId").error}
        onChange={({ id, name }) => {
          form.set("customerId", id);
          form.set("customerName", name);
          form.set("parentAccountId", "");
          form.set("contactId", "");
        }}
      />
      {values.way === "sub-account" && values.customerId !== "" && parents.length > 0 && (
        <NativeSelect
          label={t("accounts.parent")}
          value={parentId}
          error={form.field("parentAccountId").error}
          onChange={(event) => form.set("parentAccountId", event.currentTarget.value)}
          data={[
            ...(parents.length > 1 ? [{ value: "", label: t("accounts.new.chooseParent") }] : []),
            ...parents.map(({ id, username, plan }) => ({ value: id, label: `${username} (${planName(plan)})` })),
          ]}
        />
      )}
      {values.way === "sub-account" && values.customerId !== "" && parents.length === 0 && (
        <Note tone="warn">{t("accounts.new.noParent")}</Note>
      )}
    </Fields>
  );
}
