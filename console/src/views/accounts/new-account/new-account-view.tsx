import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { IconLock } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../../app/areas.ts";
import { tenantry } from "../../../app/api.ts";
import { useMay, useMe } from "../../../app/session.tsx";
import { useNode } from "../../../frame/node-context.ts";
import { refreshTree } from "../../../frame/tree/data.ts";
import { FormFrame } from "../../../parts/form/form-frame.tsx";
import { useForm } from "../../../parts/form/use-form.ts";
import { Page } from "../../../parts/page.tsx";
import { Empty } from "../../../parts/states.tsx";
import { locationsQuery } from "../../add/data.ts";
import { accountsOf, contactsOf, plansQuery, refreshAccounts } from "../data.ts";
import { Created } from "./created.tsx";
import { bodyOf, emptyAccount, type NewAccount, waysFor } from "./data.ts";
import { Login, Quotas } from "./login.tsx";
import { Contact, Plan } from "./plan.tsx";
import { Way, Who } from "./who.tsx";

const route = getRouteApi("/n/$nodeId/accounts/new");
const secrets = ["password"] as const;

/** Adds an account in one of three ways, and then shows the mail with its details. */
export function NewAccountView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { created } = route.useSearch();
  if (created !== undefined) return <Created id={created} />;
  if (!may("accounts:write"))
    return <Empty icon={IconLock} title={t("accounts.add")} hint={t("problems.byCode.forbidden")} />;
  return <NewAccountForm key={node.id} node={node} />;
}

function NewAccountForm({ node }: { node: Node }) {
  const { t } = useTranslation();
  const { way, parent } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const may = useMay();
  const { scope } = useMe();
  const mayCreateCustomers = may("customers:write");
  const ways = useMemo(() => waysFor(scope.level, mayCreateCustomers), [scope.level, mayCreateCustomers]);
  const initial = useMemo(() => emptyAccount(node, way, parent, ways), [node, way, parent, ways]);
  const form = useForm<NewAccount>({ id: `new-account-${node.id}`, initial, secrets });
  const { values } = form;
  const { data: plans } = useQuery(plansQuery);
  const hasCustomer = values.way !== "new-customer" && values.customerId !== "";
  const { data: accounts } = useQuery({ ...accountsOf(values.customerId), enabled: hasCustomer });
  const { data: contacts } = useQuery({ ...contactsOf(values.customerId), enabled: hasCustomer });
  const { data: places } = useQuery(locationsQuery(values["customer.country"]));
  const mayChoose = places?.choice?.mayChoose === true;
  const parents = (accounts ?? []).filter((one) => one.parentAccountId === null && one.deletedAt === null);
  // Where only one parent account is there, it is the one.
  const parentId = values.parentAccountId || (parents.length === 1 ? (parents[0]?.id ?? "") : "");
  const lead = parents.find(({ id }) => id === parentId);
  const plan = plans?.find(({ code }) => code === (values.way === "sub-account" ? lead?.plan : values.plan));

  const save = async (): Promise<void> => {
    const required = t("parts.required");
    const needs = (name: keyof NewAccount & string): Partial<Record<keyof NewAccount & string, string>> =>
      String(values[name] ?? "").trim() === "" ? { [name]: required } : {};
    const wrong = form.fault({
      ...needs("username"),
      ...(values.way === "new-customer" && {
        ...needs("seller"),
        ...needs("customer.name"),
        ...needs("customer.email"),
        ...(mayChoose && needs("customer.storageLocation")),
      }),
      ...(values.way !== "new-customer" && needs("customerId")),
      ...(values.way === "sub-account" && parentId === "" && { parentAccountId: required }),
      ...(values.way !== "sub-account" && needs("plan")),
      ...(values.way === "parent-account" && values.contactWay === "existing" && needs("contactId")),
      ...(values.contactWay === "new" && { ...needs("contact.name"), ...needs("contact.email") }),
      ...(values.passwordWay === "own" && needs("password")),
    });
    if (wrong) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    const body = bodyOf({ ...values, parentAccountId: parentId }, plan?.trial === true, mayChoose);
    const account = await form.submit(() => tenantry.createAccount({ body }));
    if (!account) return;
    if (values.way === "new-customer") {
      void refreshTree(client);
      void client.invalidateQueries({ queryKey: ["customers"] });
    }
    void refreshAccounts();
    await navigate({
      to: "/n/$nodeId/accounts/new",
      params: { nodeId: account.customerId },
      search: { created: account.id },
      replace: true,
    });
  };
  return (
    <Page narrow>
      <h2 style={{ margin: 0, fontSize: 18 }}>{t("accounts.add")}</h2>
      <FormFrame
        form={form}
        action={t("accounts.new.create")}
        onSubmit={() => void save()}
        onCancel={() => void navigate({ to: "/n/$nodeId/accounts", params: { nodeId: node.id } })}
      >
        <Way form={form} ways={ways} />
        <Who form={form} node={node} parents={parents} parentId={parentId} />
        <Contact form={form} contacts={contacts ?? []} lead={lead} />
        <Plan form={form} plans={plans ?? []} parents={parents} plan={plan} />
        <Login form={form} />
        <Quotas form={form} plan={plan} />
      </FormFrame>
    </Page>
  );
}
