import * as z from "zod";
import { AttentionCode, AttentionCounts } from "../devices/attention.ts";
import { Device } from "../devices/device.ts";
import { CustomerId } from "../terms/ids.ts";
import { Level } from "../terms/levels.ts";

/** A customer by its name. */
export const Place = z.object({ id: CustomerId, level: Level, name: z.string() });

/** A device that needs attention, and where it stands. */
export const WatchlistItem = z
  .object({
    code: AttentionCode.meta({ description: "The worst reason; with `reason` the one that was asked for" }),
    since: z.string().meta({ description: "Since when that is so" }),
    device: Device,
    customer: Place.meta({ description: "Whose device it is" }),
    path: z.array(Place).meta({ description: "From the customer that was asked about down to that of the device" }),
  })
  .meta({ id: "WatchlistItem" });
export type WatchlistItem = z.infer<typeof WatchlistItem>;

/** A page of a branch's watchlist. */
export const Watchlist = z
  .object({
    counts: AttentionCounts.meta({
      description: "How many devices of the whole branch need attention; behind the devices themselves by seconds",
    }),
    items: z
      .array(WatchlistItem)
      .meta({ description: "The worst reason first, and of one reason customer by customer" }),
    nextCursor: z.string().nullable().meta({ description: "null on the last page" }),
  })
  .meta({ id: "Watchlist" });
