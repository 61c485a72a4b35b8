import * as z from "zod";
import { ApiKeyId, CustomerId, UserId } from "../terms/ids.ts";
import { Role } from "./roles.ts";
import { line } from "../terms/text.ts";
import { Instant } from "../terms/times.ts";

/** A key for a program (P4): its scope is the branch of one customer. */
export const ApiKey = z
  .object({
    id: ApiKeyId,
    version: z.int(),
    customerId: CustomerId.meta({ description: "The key sees this customer and everything below it" }),
    role: Role,
    name: z.string(),
    state: z.enum(["active", "expired", "revoked"]),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    readOnly: z.boolean().meta({ description: "Reads only, whatever the role may do" }),
    ipRanges: z.array(z.string()).meta({ description: "Where it may be used from; empty: from everywhere" }),
    lastUsedAt: z.iso.datetime().nullable().meta({ description: "Written at most hourly; null: not yet" }),
    createdBy: z.union([ApiKeyId, UserId]).nullable().meta({
      description:
        "The key or user that made it; null: nobody did, or somebody else than the caller, which only the provider's are told",
    }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

export const ApiKeyInput = z
  .strictObject({
    customerId: CustomerId,
    role: Role,
    name: line(100),
    expiresAt: Instant.nullish().meta({ description: "When the key stops working; none: never" }),
    readOnly: z
      .boolean()
      .optional()
      .meta({ description: "true: reads only, whatever the role may do", default: false }),
    ipRanges: z
      .array(z.union([z.cidrv4(), z.cidrv6()], { error: "must be a range like 192.0.2.0/24 or 2001:db8::/32" }))
      .max(20)
      .optional()
      .meta({ description: "Networks that the key may be used from; none: everywhere" }),
  })
  .meta({ id: "ApiKeyInput" });

/** How often the last use of a key is written at most. */
export const keySeenEveryMs = 60 * 60_000;

export const ApiKeyRotation = z
  .strictObject({
    overlapHours: z.int().min(0).max(168).default(24).meta({
      description: "For how long the old key goes on working; 0: it is revoked at once",
    }),
  })
  .meta({ id: "ApiKeyRotation" });

/** A new key with its token, which is shown this once. */
export const ApiKeyWithToken = ApiKey.extend({
  token: z.string().meta({ description: "Send as `Authorization: Bearer <token>`; shown only here, stored hashed" }),
}).meta({ id: "ApiKeyWithToken" });

/** Whether a key works at a moment. A revoked key stays revoked, also after its expiry. */
export const keyState = (
  key: { revokedAt: string | null; expiresAt: string | null },
  nowMs: number,
): ApiKey["state"] =>
  key.revokedAt !== null
    ? "revoked"
    : key.expiresAt !== null && Date.parse(key.expiresAt) <= nowMs
      ? "expired"
      : "active";
