import { changedCustomer, decidedAbove, refuseUnseenParent } from "../../shared/domain/hierarchy/changed-customer.ts";
import {
  type Chain,
  type Customer,
  type CustomerPatch,
  presentCustomer,
  withCommitments,
} from "../../shared/domain/hierarchy/customer.ts";
import { refuse } from "../../shared/domain/terms/errors.ts";
import { type ServiceType, serviceTypes } from "../../shared/domain/terms/service-types.ts";
import { type Change, type Input, operation } from "../../shared/http/operation.ts";
import { type CustomerStore, customerStore } from "../../shared/store/hierarchy/customers.ts";
import { type SubscriptionStore, subscriptionStore } from "../../shared/store/reports/subscriptions.ts";
import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { type ServiceTypeStore, serviceTypeStore } from "../../shared/store/hierarchy/service-types.ts";
import { activated } from "./activation.ts";
import { customers as contracts } from "./contract.ts";

export const stores = { customers: customerStore, subscriptions: subscriptionStore, serviceTypes: serviceTypeStore };
type Stores = {
  customers: CustomerStore;
  subscriptions: Pick<SubscriptionStore, "follow">;
  serviceTypes: ServiceTypeStore;
};

/** What a merge patch works on: the customer's chain, and which of the types that it would withdraw its children use. */
interface Subject {
  chain: Chain;
  used: ServiceType[];
}

/** Reads the subject of a patch: what its children use beside the chain, so that a withdrawal costs no further round trip. */
export async function subjectOf(customers: CustomerStore, id: string, patch: CustomerPatch): Promise<Subject> {
  const { servicesToProvide: kept } = patch;
  const left = kept === undefined ? [] : serviceTypes.filter((type) => !kept.includes(type));
  const [chain, used] = await Promise.all([customers.loadLive(id), customers.usedByChildren(id, left)]);
  return { chain, used };
}

/**
 * The change that applies a merge patch to a customer; the sites of an end-customer follow its service type. Nothing is written where nothing differs; where a limit of devices comes to be, what
 * there is below is counted first, but not in a dry run.
 * @param active what its activation is to be from then on; undefined: as it is
 */
export async function modification(
  { customers, subscriptions, serviceTypes }: Stores,
  patch: CustomerPatch,
  { chain, used }: Subject,
  dryRun: boolean,
  active?: boolean,
): Promise<Change<Customer>> {
  const [before, ...parents] = chain;
  for (const field of decidedAbove) if (patch[field] !== undefined) customers.refuseOnOwn(before, field);
  refuseUnseenParent(patch, before, customers.scopeId);
  const now = customers.now();
  const {
    record: patched,
    space,
    licences,
    withdrawn,
  } = changedCustomer(patch, chain, { now, plan: customers.storage });
  const record = activated(patched, before, active ?? before.active, now);
  for (const type of withdrawn)
    if (used.includes(type))
      throw refuse("service_type_in_use", "servicesToProvide", `A child of this customer uses or provides ${type}.`);
  const { deviceDrawn, devicesCounted } = await customers.countDevices(before, record.deviceLimit, dryRun);
  const after = { ...record, deviceDrawn, devicesCounted };
  const result = presentCustomer([after, ...withCommitments(parents, { space, licences })], customers.scopeId, now);
  if (record === before) return { result, writes: [] };
  const node = { id: record.id, level: record.level, name: record.name };
  const [followed, sites] = await Promise.all([
    subscriptions.follow(before, [record, ...parents]),
    serviceTypes.follow(chain, record),
  ]);
  return {
    result,
    writes: [
      ...customers.save(before, record, parents),
      ...followed,
      ...sites,
      ...(record.spaceLimit === before.spaceLimit ? [] : customers.setLimit("space", before, record.spaceLimit)),
      ...(record.licenceLimit === before.licenceLimit
        ? []
        : customers.setLimit("licences", before, record.licenceLimit)),
      ...customers.limitDevices(before, record.deviceLimit, !dryRun),
      ...customers.commit("space", space, parents),
      ...customers.commit("licences", licences, parents),
      ...(patched === before
        ? []
        : [customers.log(chain, { type: "CustomerUpdated", node, changes: difference(before, patched) })]),
      ...(record === patched
        ? []
        : [
            customers.log(chain, {
              type: record.active ? "CustomerActivated" : "CustomerDeactivated",
              node,
              changes: difference(patched, record),
            }),
          ]),
    ],
  };
}

/**
 * Changes a customer. Refuses what never changes, a name or reference that is taken, limits below what is committed or above what
 * the parent has free, and limits of the caller's own customer.
 */
export async function updateCustomer({
  params,
  query,
  body,
  ifMatch,
  deps,
}: Input<typeof contracts.updateCustomer, typeof stores>) {
  const subject = await subjectOf(deps.customers, params.id, body);
  ifMatch(subject.chain[0].version);
  return modification(deps, body, subject, query.dryRun === "true");
}

export const handler = operation(contracts.updateCustomer, updateCustomer, stores);
