import { may, type Permission } from "../../shared/domain/access/roles.ts";
import { AccountInput, AccountUpsert } from "../../shared/domain/accounts/account.ts";
import { DeviceInput, DeviceUpsert } from "../../shared/domain/devices/device.ts";
import { CustomerInput, CustomerPatch, CustomerUpsert } from "../../shared/domain/hierarchy/customer.ts";
import type { RowKind } from "../../shared/domain/imports/columns.ts";
import type { ImportRow } from "../../shared/domain/imports/rows.ts";
import { DomainError, refuse } from "../../shared/domain/terms/errors.ts";
import type { StoreContext } from "../../shared/store/hierarchy/scope.ts";
import type { RowChange, RowParent, RowWork } from "../../shared/store/imports/batches.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { newAccount, stores as accountStores } from "../accounts/create-account.ts";
import { modification as changedAccount } from "../accounts/update-account.ts";
import { creation } from "../customers/create-customer.ts";
import { subjectOf, stores as customerStores } from "../customers/update-customer.ts";
import { broughtTo } from "../customers/upsert-customer.ts";
import { newDeviceOf, stores as deviceStores } from "../devices/create-device.ts";
import { broughtTo as deviceBroughtTo } from "../devices/upsert-device.ts";

/** The stores of a request, made for a row. */
const made = <Factories extends Record<string, (context: StoreContext) => unknown>>(
  factories: Factories,
  context: StoreContext,
): { [Name in keyof Factories]: ReturnType<Factories[Name]> } =>
  Object.fromEntries(Object.entries(factories).map(([name, make]) => [name, make(context)])) as never;

const created = ({ result, writes }: { result: { id: string }; writes: readonly Write[] }): RowChange => ({
  outcome: "created",
  id: result.id,
  writes,
});
const changed = ({ result, writes }: { result: { id: string }; writes: readonly Write[] }): RowChange => ({
  outcome: writes.length === 0 ? "unchanged" : "updated",
  id: result.id,
  writes,
});

async function customerChange(context: StoreContext, row: ImportRow, parentId: string): Promise<RowChange> {
  const deps = made(customerStores, context);
  const { customers } = deps;
  const { ref, input, isDefault } = row;
  const [parents, known] = await Promise.all([
    customers.loadLive(parentId),
    isDefault ? customers.findDefault(parentId) : ref === null ? null : customers.findByRef(parentId, ref),
  ]);
  if (isDefault && known === null)
    throw refuse("not_applicable", "defaultCustomer", `${parents[0].name} has no Default Customer.`);
  if (known !== null) {
    // A file may leave out what only a new customer must have.
    const given = CustomerPatch.extend(CustomerInput.pick({ inTrial: true, active: true }).shape).parse(input);
    // Nobody could say whether a Default Customer begins active: it came with its reseller.
    return changed(await broughtTo(deps, given, await subjectOf(customers, known, given), false, isDefault));
  }
  // Who has no address of its own is written to at the address of the level above.
  const asked = { email: parents[0].email, ...input, parentId };
  return ref === null
    ? created(creation(deps, CustomerInput.parse(asked), parents))
    : created(
        creation(deps, CustomerUpsert.parse({ ...asked, externalRef: ref }), parents, customers.insertUnlessThere),
      );
}

async function accountChange(context: StoreContext, row: ImportRow, parent: RowParent): Promise<RowChange> {
  const deps = made(accountStores, context);
  const { accounts, customers } = deps;
  const { ref, input } = row;
  const place = parent.kind === "customer" ? { customerId: parent.id } : { parentAccountId: parent.id };
  const known = ref === null ? null : await accounts.findByRef(parent.id, ref);
  if (known !== null) {
    const { username, plan, active, hardQuotaBytes, userQuotaBytes } = AccountUpsert.parse({
      ...input,
      ...place,
      externalRef: ref,
    });
    const patch = { username, plan, active, hardQuotaBytes, userQuotaBytes };
    return changed(await changedAccount(patch, await accounts.loadLive(known, patch), accounts));
  }
  // The mails of a parent account without a contact go to its customer, those of a sub-account to its parent's contact.
  const [customer] = parent.kind === "customer" ? await customers.loadLive(parent.id) : [];
  const contact = customer && { name: customer.contactName ?? customer.name, email: customer.email };
  const asked = { ...(contact && { contact }), ...input, ...place };
  return ref === null
    ? created(await newAccount(AccountInput.parse(asked), deps))
    : created(await newAccount(AccountUpsert.parse({ ...asked, externalRef: ref }), deps, false));
}

async function deviceChange(context: StoreContext, row: ImportRow, accountId: string): Promise<RowChange> {
  const deps = made(deviceStores, context);
  const { devices } = deps;
  const { ref, input } = row;
  if (ref === null) return created(await newDeviceOf(DeviceInput.parse({ ...input, accountId }), deps));
  const body = DeviceUpsert.parse({ ...input, accountId, externalRef: ref });
  const known = await devices.findByRef(accountId, ref);
  if (known === null) return created(await newDeviceOf(body, deps, false));
  return changed(deviceBroughtTo(body, await devices.loadLive(known), devices));
}

const needed: Readonly<Record<RowKind, Permission>> = {
  customer: "customers:write",
  account: "accounts:write",
  device: "devices:write",
};

/**
 * What a row of an import does: with a reference it creates or updates, as the upserts of the API do; without one it creates. Works in the name of
 * who asked for the import.
 * @throws DomainError why the row is refused
 */
export const rowChange: RowWork = (context, row, parent) => {
  const { kind } = row;
  if (!may(context.caller.role, needed[kind]))
    throw new DomainError("forbidden", `The role ${context.caller.role} may not make ${kind}s.`);
  if (kind === "customer" && parent.kind === "customer") return customerChange(context, row, parent.id);
  if (kind === "account") return accountChange(context, row, parent);
  if (kind === "device" && parent.kind === "account") return deviceChange(context, row, parent.id);
  throw new DomainError("not_applicable", `A ${kind} does not stand below a ${parent.kind}.`);
};
