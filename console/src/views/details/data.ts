import type { QueryClient } from "@tanstack/react-query";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { customerQuery } from "../../frame/data.ts";
import { refreshTree } from "../../frame/tree/data.ts";

/** After a customer was changed: the new record at once, all lists that show it again. */
export function refreshCustomer(client: QueryClient, customer?: Node): void {
  if (customer) client.setQueryData(customerQuery(customer.id).queryKey, customer);
  for (const key of ["customers", "allocations", "deletions", "settings"])
    void client.invalidateQueries({ queryKey: [key] });
  void refreshTree(client);
}

/** Texts of the record: an empty one is none. */
export const recordTexts = [
  "contactName",
  "address",
  "postcode",
  "city",
  "phone",
  "fax",
  "externalRef",
  "notes",
] as const satisfies readonly (keyof Node)[];

/** What the form holds, by the paths of the API's body; the branding in three parts of its own. */
export type Edited = {
  name: string;
  email: string;
  contactName: string;
  address: string;
  postcode: string;
  city: string;
  phone: string;
  fax: string;
  externalRef: string;
  notes: string;
  tags: string[];
  country: string;
  timezone: string;
  locale: string;
  serviceType: string;
  servicesToProvide: string[];
  "space.limitBytes": number | null;
  "space.softLimitBytes": number | null;
  "licences.limit": number | null;
  deviceLimit: number | null;
  autoAuthorize: boolean;
  emailReports: boolean;
  "branding.color": string;
  "branding.logoUrl": string;
  "branding.supportUrl": string;
};

/** A record as the form begins with it. */
export const editedOf = (node: Node): Edited => ({
  name: node.name,
  email: node.emailDisplay,
  contactName: node.contactName ?? "",
  address: node.address ?? "",
  postcode: node.postcode ?? "",
  city: node.city ?? "",
  phone: node.phone ?? "",
  fax: node.fax ?? "",
  externalRef: node.externalRef ?? "",
  notes: node.notes ?? "",
  tags: [...node.tags],
  country: node.country,
  timezone: node.timezone ?? "",
  locale: node.locale ?? "",
  serviceType: node.serviceType,
  servicesToProvide: [...node.servicesToProvide],
  "space.limitBytes": node.space.limitBytes,
  "space.softLimitBytes": node.space.softLimitBytes,
  "licences.limit": node.licences.limit,
  deviceLimit: node.deviceLimit,
  autoAuthorize: node.autoAuthorize,
  emailReports: node.emailReports,
  "branding.color": node.branding?.color ?? "",
  "branding.logoUrl": node.branding?.logoUrl ?? "",
  "branding.supportUrl": node.branding?.supportUrl ?? "",
});

const optional: ReadonlySet<string> = new Set([...recordTexts, "timezone", "locale"]);

/** What has changed, by the paths of the API's body; an empty text clears the field. */
export function changesOf(values: Edited, changed: readonly (keyof Edited & string)[]): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const name of changed) {
    const value = values[name];
    if (name.startsWith("branding.")) continue;
    if (typeof value !== "string") changes[name] = value;
    else changes[name] = value.trim() === "" && optional.has(name) ? null : value.trim();
  }
  if (changed.some((name) => name.startsWith("branding."))) {
    const parts = (["color", "logoUrl", "supportUrl"] as const)
      .map((part) => [part, values[`branding.${part}`].trim()] as const)
      .filter(([, value]) => value !== "");
    changes.branding = parts.length === 0 ? null : Object.fromEntries(parts);
  }
  return changes;
}

/** What a deletion would take along. The check needs the name, as the deletion itself does. */
export const previewDeletion = async ({ id, name }: Node) =>
  (
    (await tenantry.deleteCustomer({ params: { id }, query: { confirm: name, dryRun: true } })) as {
      preview?: Preview | null;
    }
  ).preview ?? null;
interface Preview {
  nodes: { customers: number; accounts: number; devices: number; backupSets: number };
  usedBytes: number;
  complete: boolean;
}
