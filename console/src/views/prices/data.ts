import { queryOptions } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { queryClient, tenantry } from "../../app/api.ts";
import { useTranslation } from "react-i18next";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { today } from "../../parts/show/today.ts";
import { usePriceWords } from "./use-words.ts";
import type { Version } from "./values.ts";

export type PricePlan = Output<"getPricePlan">;

export const planQuery = (id: string) =>
  queryOptions({
    queryKey: ["billing", "plan", id],
    queryFn: ({ signal }) => tenantry.getPricePlan({ params: { id }, signal }),
  });
/** What shows prices asks for them again: the list, the panel, and what a customer would pay. */
export const refreshPrices = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ["billing"] });

const day = 86_400_000;
/** The latest day that has begun anywhere. Prices from a later one can still be changed. */
export const latestDay = (): string => new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10);
export const dayAfter = (date: string, days = 1): string =>
  new Date(Date.parse(date) + days * day).toISOString().slice(0, 10);

export type When = "future" | "current" | "past";
export interface DatedVersion {
  version: Version;
  when: When;
  /** They have begun nowhere, and can be changed. */
  open: boolean;
  /** The last day that they are valid on; null: until further notice. */
  until: string | null;
}

/** Prices of a plan, newest first, and whether they are in force. */
export function versionsOf({ versions }: Pick<PricePlan, "versions">): DatedVersion[] {
  const now = today();
  const sorted = versions.toSorted((one, other) => (one.validFrom < other.validFrom ? 1 : -1));
  const current = sorted.findIndex(({ validFrom }) => validFrom <= now);
  return sorted.map((version, nth) => ({
    version,
    open: version.validFrom > latestDay(),
    when: nth === current ? "current" : version.validFrom > now ? "future" : "past",
    until: nth === 0 ? null : dayAfter(sorted[nth - 1]?.validFrom ?? "", -1),
  }));
}

/** The day that new prices begin on, unless another one is chosen: the first of a month to come, after all that there are. */
export function nextStart({ versions }: Pick<PricePlan, "versions">): string {
  const latest = [latestDay(), ...versions.map(({ validFrom }) => validFrom)].reduce((one, other) =>
    one > other ? one : other,
  );
  const [year = 0, month = 0] = latest.split("-").map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

/** What is changed of a plan: another name, and prices by the day that they begin on; null: none from then on. */
export interface Change {
  name?: string;
  versions?: Readonly<Record<string, Version | null>>;
}
interface Edited extends PricePlan {
  byDay: Readonly<Record<string, Version>>;
}
const edited = (plan: PricePlan): Edited => ({
  ...plan,
  byDay: Object.fromEntries(plan.versions.map((version) => [version.validFrom, version])),
});

/**
 * How a plan is changed. Where somebody else has changed it meanwhile, the prices of other days and the name take both changes.
 * @returns null: the question which prices to keep was left unanswered
 */
export function useSavePlan(base: PricePlan): (change: Change) => Promise<PricePlan | null> {
  const { t } = useTranslation();
  const { day, brief } = usePriceWords(base.currency);
  return ({ name, versions = {} }) => {
    const params = { id: base.id };
    const days = Object.entries(versions);
    let latest = edited(base);
    return saveEdit<Edited>({
      base: latest,
      changes: {
        ...(name !== undefined && { name }),
        ...Object.fromEntries(days.map(([from, version]) => [`byDay.${from}`, version])),
      },
      labels: {
        name: t("prices.fields.name"),
        ...Object.fromEntries(days.map(([from]) => [`byDay.${from}`, t("prices.from", { day: day(from) })])),
      },
      show: (_, value) => (typeof value === "string" ? value : brief(value as Version)),
      save: async (patch, ifMatch) => {
        const changed = patch as { name?: string; byDay?: Record<string, Version | null> };
        const all = Object.values({ ...latest.byDay, ...changed.byDay });
        const body = {
          name: changed.name ?? latest.name,
          currency: latest.currency,
          versions: all.filter((version) => version !== null),
        };
        return edited(await tenantry.putPricePlan({ params, body, ifMatch }));
      },
      reload: async () => (latest = edited(await tenantry.getPricePlan({ params }))),
    });
  };
}
