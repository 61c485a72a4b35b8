import { Checkbox, Radio, Select, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "@tanstack/react-router";
import type { Node } from "../../app/areas.ts";
import { useMay } from "../../app/session.tsx";
import { useCountries } from "../../parts/show/countries.ts";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import { CountField } from "../../parts/form/count-field.tsx";
import { ThingPicker } from "../../parts/form/thing-picker.tsx";
import type { Form } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Fields, Note, Section, Wide } from "../../parts/page.tsx";
import { effectiveQuery, levelOf, type NewCustomer, typesBelow } from "./data.ts";
import { levelsBelow, sells } from "./levels.ts";
import { LocationField } from "./location-field.tsx";
import { Room } from "./room.tsx";

interface Part {
  form: Form<NewCustomer>;
}
const services = ["all-inclusive", "software-only"] as const;

/** What it is: parent, level, services, and where its data will lie. What the parent leaves only one choice for is filled in. */
export function Kind({ node, form }: Part & { node: Node }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const countries = useCountries();
  const { values } = form;
  const possible = levelsBelow(node.level);
  const level = levelOf(node, values);
  const types = typesBelow(node, level ?? "site");
  const [onlyType] = types;
  const above = node.path.slice(0, -1).map(({ name }) => name);
  return (
    <Section title={t("add.kind.title")} description={t("add.kind.hint")}>
      <Fields>
        <TextInput
          label={t("add.fields.name")}
          withAsterisk
          autoComplete="off"
          // Whoever opens this form begins to type.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          {...form.text("name")}
        />
        <ThingPicker
          kind="customer"
          label={t("add.fields.parent")}
          value={{ id: node.id, name: node.name, place: above.join(" › ") }}
          fits={({ path }) => levelsBelow(path.at(-1)?.level ?? "site").length > 0}
          onChange={({ id }) => void navigate({ to: `/n/${id}/add` })}
        />
        {possible.length > 1 ? (
          <Radio.Group
            label={t("add.fields.level")}
            value={level ?? ""}
            onChange={(chosen) => form.set("level", chosen)}
            error={form.field("level").error}
          >
            <Stack gap={6} mt={4}>
              {possible.map((one) => (
                <Radio key={one} value={one} label={t(`terms.levels.${one}`)} description={t(`add.levels.${one}`)} />
              ))}
            </Stack>
          </Radio.Group>
        ) : (
          <TextInput
            label={t("add.fields.level")}
            description={t("add.kind.onlyLevel", { parent: t(`terms.levels.${node.level}`) })}
            value={level ? t(`terms.levels.${level}`) : ""}
            readOnly
          />
        )}
        {types.length > 1 ? (
          <Radio.Group
            label={t("add.fields.serviceType")}
            value={types.includes(values.serviceType) ? values.serviceType : (onlyType ?? "")}
            onChange={(chosen) => form.set("serviceType", chosen)}
            error={form.field("serviceType").error}
          >
            <Stack gap={6} mt={4}>
              {services.map((one) => (
                <Radio
                  key={one}
                  value={one}
                  label={t(`terms.serviceTypes.${one}`)}
                  description={t(`add.services.${one}`)}
                />
              ))}
            </Stack>
          </Radio.Group>
        ) : (
          <TextInput
            label={t("add.fields.serviceType")}
            description={t(level === "site" ? "add.kind.typeOfCustomer" : "add.kind.onlyType", { name: node.name })}
            value={
              onlyType === "software-only" || onlyType === "all-inclusive" ? t(`terms.serviceTypes.${onlyType}`) : ""
            }
            readOnly
          />
        )}
        {level && sells(level) && (
          <Checkbox.Group
            label={t("add.fields.servicesToProvide")}
            description={t("add.kind.provideHint")}
            value={values.servicesToProvide}
            onChange={(chosen) => form.set("servicesToProvide", chosen)}
            error={form.field("servicesToProvide").error}
          >
            <Stack gap={6} mt={6}>
              {services
                .filter((one) => node.servicesToProvide.includes(one))
                .map((one) => (
                  <Checkbox key={one} value={one} label={t(`terms.serviceTypes.${one}`)} />
                ))}
            </Stack>
          </Checkbox.Group>
        )}
      </Fields>
      <Fields>
        <Select
          label={t("add.fields.country")}
          description={t("add.kind.countryHint")}
          withAsterisk
          searchable
          allowDeselect={false}
          data={countries}
          value={values.country}
          error={form.field("country").error}
          onChange={(chosen) => {
            form.set("country", chosen ?? values.country);
            form.set("storageLocation", "");
          }}
        />
        <Stack gap={8}>
          <LocationField country={values.country} {...form.field("storageLocation")} />
        </Stack>
      </Fields>
      {level === "end-customer" && <TrialField node={node} form={form} />}
    </Section>
  );
}

function TrialField({ node, form }: Part & { node: Node }) {
  const { t } = useTranslation();
  const { date } = useFormats();
  const { data } = useQuery(effectiveQuery(node.id));
  const days = data?.trial.days.value ?? 30;
  return (
    <Switch
      label={t("add.fields.inTrial")}
      description={t("add.kind.trialHint", {
        count: days,
        date: date(new Date(Date.now() + days * 86_400_000).toISOString()),
      })}
      checked={form.values.inTrial}
      onChange={(event) => form.set("inTrial", event.currentTarget.checked)}
    />
  );
}

/** Who it is. */
export function Record({ form }: Part) {
  const { t } = useTranslation();
  return (
    <Section title={t("add.record.title")} description={t("add.record.hint")}>
      <Fields>
        <TextInput label={t("add.fields.email")} type="email" withAsterisk autoComplete="off" {...form.text("email")} />
        <TextInput label={t("add.fields.contactName")} autoComplete="off" {...form.text("contactName")} />
        <TextInput label={t("add.fields.phone")} type="tel" autoComplete="off" {...form.text("phone")} />
        <TextInput label={t("add.fields.fax")} type="tel" autoComplete="off" {...form.text("fax")} />
        <TextInput label={t("add.fields.address")} autoComplete="off" {...form.text("address")} />
        <TextInput label={t("add.fields.postcode")} autoComplete="off" {...form.text("postcode")} />
        <TextInput label={t("add.fields.city")} autoComplete="off" {...form.text("city")} />
        <TextInput
          label={t("add.fields.externalRef")}
          description={t("add.record.refHint")}
          autoComplete="off"
          {...form.text("externalRef")}
        />
        <TagsInput
          label={t("add.fields.tags")}
          description={t("add.record.tagsHint")}
          value={form.values.tags}
          onChange={(tags) => form.set("tags", tags)}
          error={form.field("tags").error}
        />
        <Wide>
          <Textarea label={t("add.fields.notes")} autosize={false} rows={3} {...form.text("notes")} />
        </Wide>
      </Fields>
    </Section>
  );
}

/** How much it may use, against what the parent has left. */
export function Limits({ node, form }: Part & { node: Node }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { values } = form;
  const { space, licences } = node;
  return (
    <Section title={t("add.limits.title")} description={t("add.limits.hint")}>
      <Fields>
        <Stack gap={10}>
          <BytesField label={t("add.fields.space")} none={t("terms.unlimited")} {...form.field("space.limitBytes")} />
          <Room
            title={node.name}
            limit={space.limitBytes}
            given={space.allottedToChildrenBytes}
            free={space.freeBytes}
            asked={values["space.limitBytes"]}
            format={bytes}
          />
        </Stack>
        <Stack gap={10}>
          <CountField label={t("add.fields.licences")} none={t("terms.automatic")} {...form.field("licences.limit")} />
          <Room
            title={node.name}
            limit={licences.limit}
            given={licences.allottedToChildren}
            free={licences.available}
            asked={values["licences.limit"]}
            format={number}
          />
        </Stack>
        <CountField
          label={t("add.fields.deviceLimit")}
          description={t("add.limits.deviceHint")}
          none={t("terms.unlimited")}
          {...form.field("deviceLimit")}
        />
      </Fields>
    </Section>
  );
}

/** What is switched on from the beginning: activity, automatic approval, reports, web access. */
export function Access({ node, form }: Part & { node: Node }) {
  const { t } = useTranslation();
  const may = useMay();
  const { values } = form;
  const level = levelOf(node, values);
  const flag = (name: "active" | "autoAuthorize" | "emailReports" | "webAccess" | "report") => (
    <Switch
      label={t(`add.fields.${name}`)}
      description={t(`add.access.${name}`)}
      checked={values[name]}
      onChange={(event) => form.set(name, event.currentTarget.checked)}
    />
  );
  return (
    <Section title={t("add.access.title")}>
      {flag("active")}
      {level && !sells(level) && flag("autoAuthorize")}
      {flag("emailReports")}
      {may("reports:write") && flag("report")}
      {values.report && (
        <Fields>
          <TextInput
            label={t("add.fields.reportTo")}
            placeholder={values.email}
            description={t("add.access.reportToHint")}
            {...form.text("reportTo")}
          />
          <Select
            label={t("add.fields.reportFrequency")}
            allowDeselect={false}
            value={values.reportFrequency}
            data={(["daily", "weekly", "monthly"] as const).map((one) => ({
              value: one,
              label: t(`add.frequency.${one}`),
            }))}
            onChange={(chosen) => form.set("reportFrequency", chosen ?? "weekly")}
          />
        </Fields>
      )}
      {may("users:write") && flag("webAccess")}
      {values.webAccess && (
        <Fields>
          <TextInput
            label={t("add.fields.webName")}
            placeholder={values.contactName || values.name}
            {...form.text("webName")}
          />
          <TextInput
            label={t("add.fields.webEmail")}
            type="email"
            placeholder={values.email}
            {...form.text("webEmail")}
          />
          <Select
            label={t("add.fields.webRole")}
            allowDeselect={false}
            value={values.webRole}
            data={(["admin", "operator", "viewer"] as const).map((one) => ({
              value: one,
              label: t(`terms.roles.${one}`),
            }))}
            onChange={(chosen) => form.set("webRole", chosen ?? "admin")}
          />
          <Wide>
            <Note>{t("add.access.invitation")}</Note>
          </Wide>
        </Fields>
      )}
    </Section>
  );
}
