import type { TFunction } from "i18next";
import type { Edited } from "./data.ts";

/** How the fields are called, for the dialog that asks which of two changes to keep. */
export const labelsOf = (t: TFunction): Record<keyof Edited | "branding", string> => ({
  name: t("add.fields.name"),
  email: t("add.fields.email"),
  contactName: t("add.fields.contactName"),
  address: t("add.fields.address"),
  postcode: t("add.fields.postcode"),
  city: t("add.fields.city"),
  phone: t("add.fields.phone"),
  fax: t("add.fields.fax"),
  externalRef: t("add.fields.externalRef"),
  notes: t("add.fields.notes"),
  tags: t("add.fields.tags"),
  country: t("add.fields.country"),
  timezone: t("details.fields.timezone"),
  locale: t("details.fields.locale"),
  serviceType: t("add.fields.serviceType"),
  servicesToProvide: t("add.fields.servicesToProvide"),
  "space.limitBytes": t("add.fields.space"),
  "space.softLimitBytes": t("add.fields.softSpace"),
  "licences.limit": t("add.fields.licences"),
  deviceLimit: t("add.fields.deviceLimit"),
  autoAuthorize: t("add.fields.autoAuthorize"),
  emailReports: t("add.fields.emailReports"),
  "branding.color": t("details.fields.color"),
  "branding.logoUrl": t("details.fields.logoUrl"),
  "branding.supportUrl": t("details.fields.supportUrl"),
  branding: t("details.look.title"),
});
