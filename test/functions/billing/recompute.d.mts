import type { MarketEvent } from "./market.ts";

/** What a seller takes from a customer for a month, in minor units; null: there is nothing to charge. */
export function recompute(
  events: readonly MarketEvent[],
  asked: { seller: string; customer: string; month: string; prices: object },
): { lines: number[]; net: number; total: number } | null;
