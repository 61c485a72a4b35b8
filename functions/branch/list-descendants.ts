import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { branchAccountStore } from "../../shared/store/accounts/branch-accounts.ts";
import { branchDeviceStore } from "../../shared/store/devices/branch-devices.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { BranchPosition } from "../../shared/store/hierarchy/lists/branch-walk.ts";
import { listingStore } from "../../shared/store/hierarchy/lists/listing.ts";
import { BranchListPosition } from "../../shared/store/hierarchy/lists/over-branch.ts";
import { branch as contracts } from "./contract.ts";

const stores = {
  customers: customerStore,
  listing: listingStore,
  accounts: branchAccountStore,
  devices: branchDeviceStore,
};

/** Answers a page of everything of one kind in a branch, but the customer at its top itself. */
export async function listDescendants({
  params: { id },
  query,
  page,
  deps: { customers, listing, accounts, devices },
}: Input<typeof contracts.listDescendants, typeof stores>) {
  if (query.kind === "customer") {
    const { places, next } = await listing.branch(id, query.level, page.limit, page.position(BranchPosition));
    const items = places
      .filter(({ chain }) => chain[0].id !== id)
      .map(({ chain }) => ({
        kind: "customer" as const,
        customer: presentCustomer(chain, customers.scopeId, customers.now()),
      }));
    return { items, nextCursor: page.next(next) };
  }
  if (query.level !== undefined)
    throw new DomainError("invalid_request", "The parameters do not go together.", [
      { path: "level", message: "needs kind=customer" },
    ]);
  const position = page.position(BranchListPosition);
  if (query.kind === "account") {
    const { accounts: found, next } = await accounts.list(id, page.limit, position);
    return { items: found.map((account) => ({ kind: "account" as const, account })), nextCursor: page.next(next) };
  }
  const { devices: found, next } = await devices.list(id, page.limit, position);
  return { items: found.map((device) => ({ kind: "device" as const, device })), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listDescendants, listDescendants, stores);
