import { Checkbox, Select, Stack, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { customerQuery } from "../../frame/data.ts";
import { useCountries } from "../../parts/show/countries.ts";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import { CountField } from "../../parts/form/count-field.tsx";
import type { Form } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Fields, Note, Section, Wide } from "../../parts/page.tsx";
import { typesBelow } from "../add/data.ts";
import { sells } from "../add/levels.ts";
import { Room } from "../add/room.tsx";
import type { Edited } from "./data.ts";

interface Part {
  form: Form<Edited>;
}

/** Who the customer is. */
export function RecordSection({ form }: Part) {
  const { t } = useTranslation();
  const countries = useCountries();
  return (
    <Section title={t("details.record")}>
      <Fields>
        <TextInput label={t("add.fields.name")} withAsterisk autoComplete="off" {...form.text("name")} />
        <TextInput label={t("add.fields.email")} type="email" withAsterisk autoComplete="off" {...form.text("email")} />
        <TextInput label={t("add.fields.contactName")} autoComplete="off" {...form.text("contactName")} />
        <TextInput label={t("add.fields.phone")} type="tel" autoComplete="off" {...form.text("phone")} />
        <TextInput label={t("add.fields.fax")} type="tel" autoComplete="off" {...form.text("fax")} />
        <TextInput label={t("add.fields.externalRef")} autoComplete="off" {...form.text("externalRef")} />
        <TextInput label={t("add.fields.address")} autoComplete="off" {...form.text("address")} />
        <TextInput label={t("add.fields.postcode")} autoComplete="off" {...form.text("postcode")} />
        <TextInput label={t("add.fields.city")} autoComplete="off" {...form.text("city")} />
        <Select
          label={t("add.fields.country")}
          description={t("details.countryHint")}
          searchable
          allowDeselect={false}
          data={countries}
          value={form.values.country}
          error={form.field("country").error}
          onChange={(chosen) => form.set("country", chosen ?? form.values.country)}
        />
        <Wide>
          <TagsInput
            label={t("add.fields.tags")}
            description={t("add.record.tagsHint")}
            value={form.values.tags}
            error={form.field("tags").error}
            onChange={(tags) => form.set("tags", tags)}
          />
        </Wide>
        <Wide>
          <Textarea label={t("add.fields.notes")} rows={3} {...form.text("notes")} />
        </Wide>
      </Fields>
    </Section>
  );
}

/** How much it may use, against what its parent has left. */
export function LimitsSection({ node, form }: Part & { node: Node }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { data: parent } = useQuery({ ...customerQuery(node.parentId ?? ""), enabled: node.parentId !== null });
  const { values } = form;
  const isOwn = node.parentId === null;
  const more = (wanted: number | null, now: number | null): number | null =>
    wanted === null && now === null ? null : (wanted ?? 0) - (now ?? 0);
  return (
    <Section title={t("add.limits.title")} description={isOwn ? t("details.ownLimits") : t("add.limits.hint")}>
      <fieldset disabled={isOwn && node.level !== "provider"} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        <Fields>
          <Stack gap={10}>
            <BytesField label={t("add.fields.space")} none={t("terms.unlimited")} {...form.field("space.limitBytes")} />
            {parent && (
              <Room
                title={parent.name}
                limit={parent.space.limitBytes}
                given={parent.space.allottedToChildrenBytes}
                free={parent.space.freeBytes}
                asked={more(values["space.limitBytes"], node.space.limitBytes)}
                format={bytes}
              />
            )}
          </Stack>
          <Stack gap={10}>
            <CountField
              label={t("add.fields.licences")}
              none={t("terms.automatic")}
              {...form.field("licences.limit")}
            />
            {parent && (
              <Room
                title={parent.name}
                limit={parent.licences.limit}
                given={parent.licences.allottedToChildren}
                free={parent.licences.available}
                asked={more(values["licences.limit"], node.licences.limit)}
                format={number}
              />
            )}
          </Stack>
          <BytesField
            label={t("add.fields.softSpace")}
            description={t("details.softHint")}
            none={t("terms.none")}
            {...form.field("space.softLimitBytes")}
          />
          <CountField
            label={t("add.fields.deviceLimit")}
            description={t("details.devicesNow", { count: node.deviceCount })}
            none={t("terms.unlimited")}
            {...form.field("deviceLimit")}
          />
        </Fields>
      </fieldset>
    </Section>
  );
}

/** What it gets and may sell, and what happens by itself. */
export function ServicesSection({ node, form }: Part & { node: Node }) {
  const { t } = useTranslation();
  const { data: parent } = useQuery({ ...customerQuery(node.parentId ?? ""), enabled: node.parentId !== null });
  const types = parent ? typesBelow(parent, node.level) : [];
  const { values } = form;
  const word = (type: string): string =>
    t(type === "software-only" ? "terms.serviceTypes.software-only" : "terms.serviceTypes.all-inclusive");
  const possible = [...new Set([...types, node.serviceType])];
  const mayProvide = parent?.servicesToProvide ?? node.servicesToProvide;
  return (
    <Section title={t("details.services")}>
      <Fields>
        {possible.length > 1 && node.level !== "site" ? (
          <Select
            label={t("add.fields.serviceType")}
            allowDeselect={false}
            value={values.serviceType}
            error={form.field("serviceType").error}
            data={possible.map((value) => ({ value, label: word(value) }))}
            onChange={(chosen) => form.set("serviceType", chosen ?? values.serviceType)}
          />
        ) : (
          <TextInput label={t("add.fields.serviceType")} value={word(node.serviceType)} readOnly />
        )}
        {sells(node.level) && (
          <Checkbox.Group
            label={t("add.fields.servicesToProvide")}
            value={values.servicesToProvide}
            error={form.field("servicesToProvide").error}
            onChange={(chosen) => form.set("servicesToProvide", chosen)}
          >
            <Stack gap={6} mt={6}>
              {mayProvide.map((one) => (
                <Checkbox key={one} value={one} label={word(one)} />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
      </Fields>
      {!sells(node.level) && (
        <Switch
          label={t("add.fields.autoAuthorize")}
          description={t("add.access.autoAuthorize")}
          checked={values.autoAuthorize}
          onChange={(event) => form.set("autoAuthorize", event.currentTarget.checked)}
        />
      )}
      <Switch
        label={t("add.fields.emailReports")}
        description={t("details.emailReportsHint")}
        checked={values.emailReports}
        onChange={(event) => form.set("emailReports", event.currentTarget.checked)}
      />
    </Section>
  );
}

const locales = ["en", "en-GB", "en-US", "de", "de-AT", "de-CH"] as const;

/** Language, time zone and branding: empty means as the level above. */
export function LookSection({ form }: Part) {
  const { t, i18n } = useTranslation();
  const { values } = form;
  const languages = new Intl.DisplayNames(i18n.language, { type: "language" });
  const known = [...new Set([...locales, values.locale].filter((one) => one !== ""))];
  return (
    <Section title={t("details.look.title")} description={t("details.look.hint")}>
      <Fields>
        <Select
          label={t("details.fields.locale")}
          placeholder={t("details.inherited")}
          clearable
          clearButtonProps={{ "aria-label": t("details.inherit") }}
          value={values.locale === "" ? null : values.locale}
          error={form.field("locale").error}
          data={known.map((value) => ({ value, label: languages.of(value) ?? value }))}
          onChange={(chosen) => form.set("locale", chosen ?? "")}
        />
        <Select
          label={t("details.fields.timezone")}
          placeholder={t("details.inherited")}
          clearable
          clearButtonProps={{ "aria-label": t("details.inherit") }}
          searchable
          limit={200}
          value={values.timezone === "" ? null : values.timezone}
          error={form.field("timezone").error}
          data={["UTC", ...Intl.supportedValuesOf("timeZone")]}
          onChange={(chosen) => form.set("timezone", chosen ?? "")}
        />
        <TextInput
          label={t("details.fields.color")}
          placeholder="#1a2b3c"
          leftSection={
            <span
              aria-hidden
              style={{
                width: 16,
                height: 16,
                borderRadius: 4,
                border: "1px solid var(--line-strong)",
                background: /^#[0-9a-f]{6}$/i.test(values["branding.color"]) ? values["branding.color"] : "transparent",
              }}
            />
          }
          {...form.text("branding.color")}
        />
        <TextInput
          label={t("details.fields.logoUrl")}
          type="url"
          placeholder="https://"
          {...form.text("branding.logoUrl")}
        />
        <TextInput
          label={t("details.fields.supportUrl")}
          type="url"
          placeholder="https://"
          {...form.text("branding.supportUrl")}
        />
        <Wide>
          <Note>{t("details.look.note")}</Note>
        </Wide>
      </Fields>
    </Section>
  );
}
