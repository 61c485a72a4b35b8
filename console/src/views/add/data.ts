import { queryOptions } from "@tanstack/react-query";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { patchOf } from "../../parts/form/conflict.tsx";
import { type Level, levelsBelow, type NewLevel, sells } from "./levels.ts";

/** Where the data of a new customer of a country can lie, and whether there is a choice. */
export const locationsQuery = (country: string) =>
  queryOptions({
    queryKey: ["locations", country],
    queryFn: ({ signal }) => tenantry.listStorageLocations({ query: country === "" ? {} : { country }, signal }),
    staleTime: 60_000,
  });

/** The settings that apply to a customer, each with the level that it comes from. */
export const effectiveQuery = (id: string) =>
  queryOptions({
    queryKey: ["settings", "effective", id],
    queryFn: ({ signal }) => tenantry.getEffectiveSettings({ params: { id }, signal }),
  });

/** What the form holds. The names are those of the API's body, where it has them. */
export type NewCustomer = {
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
  level: string;
  serviceType: string;
  servicesToProvide: string[];
  country: string;
  storageLocation: string;
  "space.limitBytes": number | null;
  "licences.limit": number | null;
  deviceLimit: number | null;
  active: boolean;
  inTrial: boolean;
  autoAuthorize: boolean;
  emailReports: boolean;
  webAccess: boolean;
  webName: string;
  webEmail: string;
  webRole: string;
  report: boolean;
  reportTo: string;
  reportFrequency: string;
};

/** The form as it begins: what the parent suggests. */
export const emptyCustomer = (parent: Node): NewCustomer => ({
  name: "",
  email: "",
  contactName: "",
  address: "",
  postcode: "",
  city: "",
  phone: "",
  fax: "",
  externalRef: "",
  notes: "",
  tags: [],
  level: levelsBelow(parent.level)[0] ?? "",
  serviceType: "",
  servicesToProvide: [...parent.servicesToProvide],
  country: parent.country,
  storageLocation: "",
  "space.limitBytes": null,
  "licences.limit": null,
  deviceLimit: null,
  active: true,
  inTrial: false,
  autoAuthorize: parent.level === "reseller",
  emailReports: false,
  webAccess: false,
  webName: "",
  webEmail: "",
  webRole: "admin",
  report: false,
  reportTo: "",
  reportFrequency: "weekly",
});

const texts = [
  "contactName",
  "address",
  "postcode",
  "city",
  "phone",
  "fax",
  "externalRef",
  "notes",
] as const satisfies (keyof NewCustomer)[];

/** The level of what is entered: the only possible one, or the chosen one. */
export const levelOf = (parent: Node, { level }: NewCustomer): NewLevel | undefined => {
  const possible = levelsBelow(parent.level);
  return possible.find((one) => one === level) ?? possible[0];
};
/** The service types that a parent leaves. A site has its customer's. */
export const typesBelow = (parent: Node, level: Level): readonly string[] =>
  level === "site" ? [parent.serviceType] : parent.servicesToProvide;

type Body = Parameters<typeof tenantry.createCustomer>[0]["body"];

/** The body of the request: what applies to the level, and was filled in. */
export function bodyOf(parent: Node, values: NewCustomer, mayChooseLocation: boolean): Body {
  const level = levelOf(parent, values);
  const types = typesBelow(parent, level ?? "site");
  const given = texts.filter((name) => values[name].trim() !== "").map((name) => [name, values[name].trim()] as const);
  return patchOf({
    parentId: parent.id,
    name: values.name.trim(),
    email: values.email.trim(),
    country: values.country,
    active: values.active,
    emailReports: values.emailReports,
    ...Object.fromEntries(given),
    ...(values.tags.length > 0 && { tags: values.tags }),
    ...(levelsBelow(parent.level).length > 1 && { level }),
    ...(level !== "site" && { serviceType: types.includes(values.serviceType) ? values.serviceType : types[0] }),
    ...(level && sells(level) && { servicesToProvide: values.servicesToProvide }),
    ...(mayChooseLocation && values.storageLocation !== "" && { storageLocation: values.storageLocation }),
    ...(values["space.limitBytes"] !== null && { "space.limitBytes": values["space.limitBytes"] }),
    ...(values["licences.limit"] !== null && { "licences.limit": values["licences.limit"] }),
    ...(values.deviceLimit !== null && { deviceLimit: values.deviceLimit }),
    ...(level === "end-customer" && { inTrial: values.inTrial }),
    ...(level && !sells(level) && { autoAuthorize: values.autoAuthorize }),
  }) as Body;
}

/** What is done for a customer once it is there. */
export interface FollowUp {
  what: "webAccess" | "report";
  error: unknown;
}

/** Makes the user and the report that the form asks for. Each may fail by itself: the customer is there in any case. */
export async function followUps(
  customerId: string,
  values: NewCustomer,
  prove: <T>(call: () => Promise<T>) => Promise<T>,
): Promise<FollowUp[]> {
  const attempt = async (what: FollowUp["what"], call: () => Promise<unknown>): Promise<FollowUp> => {
    try {
      await call();
      return { what, error: null };
    } catch (error) {
      return { what, error };
    }
  };
  const done: FollowUp[] = [];
  if (values.webAccess)
    done.push(
      await attempt("webAccess", () =>
        prove(() =>
          tenantry.createUser({
            body: {
              customerId,
              name: values.webName.trim() || values.contactName.trim() || values.name.trim(),
              email: values.webEmail.trim() || values.email.trim(),
              role: values.webRole === "viewer" ? "viewer" : values.webRole === "operator" ? "operator" : "admin",
            },
          }),
        ),
      ),
    );
  if (values.report) {
    const frequency =
      (["daily", "weekly", "monthly"] as const).find((one) => one === values.reportFrequency) ?? "weekly";
    const recipients = (values.reportTo.trim() || values.email.trim()).split(/[\s,;]+/).filter((one) => one !== "");
    done.push(
      await attempt("report", () =>
        tenantry.createReportSubscription({
          body: {
            customerId,
            kind: "consolidated",
            frequency,
            hour: 7,
            recipients: recipients.map((email) => ({ email })),
            ...(frequency === "weekly" && { weekday: 1 }),
            ...(frequency === "monthly" && { day: 1 }),
          },
        }),
      ),
    );
  }
  return done;
}
