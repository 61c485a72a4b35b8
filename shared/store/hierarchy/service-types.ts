import { serviceTypeStays, siteFollowing } from "../../domain/hierarchy/changed-customer.ts";
import type { Chain, CustomerRecord } from "../../domain/hierarchy/customer.ts";
import { DomainError } from "../../domain/terms/errors.ts";
import { saveVault } from "./customers.ts";
import { readLinks, readRecords } from "./lists/link-pages.ts";
import type { StoreContext } from "./scope.ts";
import { storedDataStore } from "./stored-data.ts";
import type { Write } from "../table/writes.ts";

/** Sites that change together with their end-customer: all of it is one transaction. */
const sitesAtMost = 40;

/** What a change of an end-customer's service type takes, beside its own record. */
export const serviceTypeStore = (context: StoreContext) => {
  const { db } = context;
  const storedData = storedDataStore(context);

  /** The sites of an end-customer, deleted ones too. @throws DomainError too_many */
  async function sitesOf(id: string): Promise<CustomerRecord[]> {
    const pages = await Promise.all(
      (["name", "deleted"] as const).map((by) => readLinks(db, id, { by }, "", undefined, sitesAtMost)),
    );
    const ids = pages.flatMap(({ links }) => links.map((link) => link.id));
    if (ids.length > sitesAtMost || pages.some(({ more }) => more))
      throw new DomainError(
        "too_many",
        `The service type of an end-customer can change with ${sitesAtMost} sites at most, and it has more.`,
      );
    return [...(await readRecords(db, new Map(ids.map((site) => [site, id])))).values()];
  }

  return {
    /**
     * The writes by which the sites of an end-customer follow its service type, and the conditions that nobody begins to store in the same
     * moment. None where the type stays, and of those who sell, who store nothing.
     * @throws DomainError data_stored | location_closed | too_many
     */
    async follow([before, ...parents]: Chain, after: CustomerRecord): Promise<Write[]> {
      if (before.level !== "end-customer" || before.serviceType === after.serviceType) return [];
      const sites = await sitesOf(before.id);
      const storing = await Promise.all(
        [before, ...sites].map(async (one) => ((await storedData.isThere(one.id)) ? [one] : [])),
      );
      const [found] = storing.flat();
      if (found) throw serviceTypeStays(found);
      const how = { now: context.now(), plan: context.storage };
      return [
        storedData.stillNone(before),
        ...sites.flatMap((site) => [
          ...saveVault(site, siteFollowing(site, after.serviceType, parents, how)),
          storedData.stillNone(site),
        ]),
      ];
    },
  };
};
export type ServiceTypeStore = ReturnType<typeof serviceTypeStore>;
