import { presentCustomer } from "../../shared/domain/hierarchy/customer.ts";
import { DomainError } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { customerStore } from "../../shared/store/hierarchy/customers.ts";
import { BranchPosition } from "../../shared/store/hierarchy/lists/branch-walk.ts";
import { ChildPosition } from "../../shared/store/hierarchy/lists/children.ts";
import { listingStore } from "../../shared/store/hierarchy/lists/listing.ts";
import { customers as contracts } from "./contract.ts";

const stores = { customers: customerStore, listing: listingStore };
const needParent = ["name", "active", "trial", "deleted", "sort"] as const;
type ListInput = Input<typeof contracts.listCustomers, typeof stores>;

/** Parameters that contradict each other. @throws DomainError invalid_request */
function checkCombination(query: ListInput["query"]): void {
  const complaints =
    query.externalRef !== undefined
      ? (["name", "level", "active", "trial", "deleted", "sort", "cursor"] as const)
          .filter((name) => query[name] !== undefined)
          .map((path) => ({ path, message: "does not go with externalRef" }))
      : query.parentId === undefined
        ? needParent.filter((name) => query[name] !== undefined).map((path) => ({ path, message: "needs parentId" }))
        : query.sort === "createdAt"
          ? (["name", "deleted"] as const)
              .filter((name) => query[name] !== undefined)
              .map((path) => ({ path, message: "does not go with sort=createdAt" }))
          : [];
  if (complaints.length > 0) throw new DomainError("invalid_request", "The parameters do not go together.", complaints);
}

/**
 * Lists the children of a customer in name order (or by creation), the child with an external reference, or the caller's whole
 * branch, itself first. Refuses parameters that contradict each other and cursors that were altered.
 */
export async function listCustomers({ query, branchId, page, deps: { customers, listing } }: ListInput) {
  checkCombination(query);
  const show = (chain: Parameters<typeof presentCustomer>[0]) =>
    presentCustomer(chain, customers.scopeId, customers.now());
  if (query.externalRef !== undefined) {
    const [, found] = await Promise.all([
      customers.load(branchId),
      customers.findByRef(branchId, query.externalRef).then((id) => (id === null ? null : customers.load(id))),
    ]);
    return { items: found === null ? [] : [show(found)], nextCursor: null };
  }
  if (query.parentId === undefined) {
    const { places, next } = await listing.branch(
      customers.scopeId,
      query.level,
      page.limit,
      page.position(BranchPosition),
    );
    return { items: places.map(({ chain }) => show(chain)), nextCursor: page.next(next) };
  }
  const { chains, next } = await listing.children(query.parentId, query, page.limit, page.position(ChildPosition));
  return { items: chains.map(show), nextCursor: page.next(next) };
}

export const handler = operation(contracts.listCustomers, listCustomers, stores);
