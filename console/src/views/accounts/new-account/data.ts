import type { Input } from "@tenantry/client";
import type { Node } from "../../../app/areas.ts";
import { accountWays } from "../route.ts";

type Way = (typeof accountWays)[number];
type Body = Input<"createAccount">["body"];

/** What the form holds. The names are those of the API's body, where it has them. */
export type NewAccount = {
  way: Way;
  seller: string;
  sellerName: string;
  "customer.name": string;
  "customer.email": string;
  "customer.country": string;
  "customer.storageLocation": string;
  customerId: string;
  customerName: string;
  parentAccountId: string;
  contactWay: "existing" | "new";
  contactId: string;
  "contact.name": string;
  "contact.email": string;
  "contact.phone": string;
  "contact.locale": string;
  plan: string;
  username: string;
  passwordWay: "mail" | "own";
  password: string;
  mustChangePassword: boolean;
  trialDays: number | null;
  hardQuotaBytes: number | null;
  userQuotaBytes: number | null;
};

/** Whether a customer has accounts of its own. */
export const holdsAccounts = (level: string): boolean => level === "end-customer" || level === "site";

/** The ways that are open to a caller: what customers are sold is not theirs to decide, and a new customer needs the right to make one. */
export const waysFor = (scopeLevel: string, mayCreateCustomers: boolean): readonly Way[] =>
  accountWays.filter(
    (way) => way === "sub-account" || (!holdsAccounts(scopeLevel) && (way !== "new-customer" || mayCreateCustomers)),
  );

/** The form as it begins at a customer: what only one choice is left for is filled in. */
export function emptyAccount(
  node: Node,
  way: Way | undefined,
  parent: string | undefined,
  ways: readonly Way[],
): NewAccount {
  const seller = node.path.findLast(({ level }) => level === "reseller");
  const isHolder = holdsAccounts(node.level);
  const wanted = way ?? (isHolder ? "sub-account" : "new-customer");
  return {
    way: ways.includes(wanted) ? wanted : "sub-account",
    seller: seller?.id ?? "",
    sellerName: seller?.name ?? "",
    "customer.name": "",
    "customer.email": "",
    "customer.country": node.country,
    "customer.storageLocation": "",
    customerId: isHolder ? node.id : "",
    customerName: isHolder ? node.name : "",
    parentAccountId: parent ?? "",
    contactWay: "existing",
    contactId: "",
    "contact.name": "",
    "contact.email": "",
    "contact.phone": "",
    "contact.locale": "",
    plan: "",
    username: "",
    passwordWay: "mail",
    password: "",
    mustChangePassword: true,
    trialDays: null,
    hardQuotaBytes: null,
    userQuotaBytes: null,
  };
}

/** What is sent for what the form holds. */
export function bodyOf(values: NewAccount, isTrial: boolean, mayChooseLocation: boolean): Body {
  const { way, password, trialDays, hardQuotaBytes, userQuotaBytes, contactId } = values;
  const phone = values["contact.phone"].trim();
  const locale = values["contact.locale"];
  const contact = {
    name: values["contact.name"].trim(),
    email: values["contact.email"].trim(),
    ...(phone !== "" && { phone }),
    ...(locale !== "" && { locale }),
  };
  return {
    username: values.username.trim(),
    ...(way === "new-customer" && {
      customer: {
        parentId: values.seller,
        name: values["customer.name"].trim(),
        email: values["customer.email"].trim(),
        country: values["customer.country"],
        ...(mayChooseLocation && { storageLocation: values["customer.storageLocation"] as "DE" }),
      },
    }),
    ...(way === "sub-account" && { parentAccountId: values.parentAccountId }),
    ...(way === "parent-account" && { customerId: values.customerId }),
    ...(way !== "sub-account" && { plan: values.plan }),
    ...(values.contactWay === "new" ? { contact } : contactId !== "" && way !== "new-customer" && { contactId }),
    ...(values.passwordWay === "own" && { password, mustChangePassword: values.mustChangePassword }),
    ...(isTrial && trialDays !== null && { trialDays }),
    ...(hardQuotaBytes !== null && { hardQuotaBytes }),
    ...(userQuotaBytes !== null && { userQuotaBytes }),
  };
}
