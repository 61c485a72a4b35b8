import * as z from "zod";
import { CustomerId, EnrolmentKeyId } from "../terms/ids.ts";
import { Machine } from "./device.ts";
import { TriedLogin } from "../access/login.ts";
import { PlanCode } from "../accounts/service-plan.ts";
import { line } from "../terms/text.ts";
import { Instant } from "../terms/times.ts";

/** What a computer sends to become a device: the login of an account, or an enrolment key. */
export const Enrolment = z
  .strictObject({
    username: TriedLogin.optional(),
    password: z.string().min(1).max(400).optional(),
    enrolmentKey: z.string().min(1).max(200).optional(),
    ...Machine,
  })
  .refine((input) => (input.enrolmentKey === undefined) !== (input.username === undefined), {
    path: ["enrolmentKey"],
    error: "give either username and password, or enrolmentKey",
  })
  .refine((input) => (input.username === undefined) === (input.password === undefined), {
    path: ["password"],
    error: "belongs to username",
  })
  .meta({ id: "Enrolment" });

export const EnrolmentKeyInput = z
  .strictObject({
    name: line(100),
    plan: PlanCode.optional().meta({
      description: "Plan of the account that a new device gets; default: that of the customer's only parent account",
    }),
    expiresAt: Instant.nullish(),
    maxUses: z
      .int()
      .min(1)
      .max(100_000)
      .nullish()
      .meta({ description: "Devices that it may create; null: any number" }),
  })
  .meta({ id: "EnrolmentKeyInput" });

/** A key by which computers enrol themselves (Q8). */
export const EnrolmentKey = z
  .object({
    id: EnrolmentKeyId,
    version: z.int(),
    customerId: CustomerId,
    name: z.string(),
    plan: PlanCode.nullable(),
    state: z.enum(["active", "expired", "revoked", "used_up"]),
    expiresAt: z.string().nullable(),
    maxUses: z.int().nullable(),
    uses: z.int(),
    revokedAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "EnrolmentKey" });
export type EnrolmentKey = z.infer<typeof EnrolmentKey>;

export const EnrolmentKeyWithToken = EnrolmentKey.extend({
  token: z.string().meta({ description: "Shown only here, stored hashed" }),
}).meta({ id: "EnrolmentKeyWithToken" });

/** What an enrolment key is good for at a moment. */
export function enrolmentKeyState(
  key: { revokedAt: string | null; expiresAt: string | null; maxUses: number | null; uses: number },
  now: number,
): EnrolmentKey["state"] {
  if (key.revokedAt !== null) return "revoked";
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= now) return "expired";
  return key.maxUses !== null && key.uses >= key.maxUses ? "used_up" : "active";
}
