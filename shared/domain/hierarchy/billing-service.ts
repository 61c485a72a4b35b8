import * as z from "zod";
import { CustomerId, ServiceId } from "../terms/ids.ts";
import { line } from "../terms/text.ts";

/** An ISO 4217 code that the engine knows. */
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));
const Currency = z
  .string()
  .refine((code) => currencies.has(code), { error: "must be an ISO 4217 currency code, such as EUR" })
  .meta({ examples: ["EUR"] });

/** An amount in minor units (cents). */
const Money = z
  .strictObject({ amount: z.int().meta({ description: "Minor units; negative: a discount" }), currency: Currency })
  .meta({ id: "Money" });
const quantity = z.int().min(1).max(1_000_000);

/** Something that a customer is billed for and that no one logs in to (A8). */
export const ServiceInput = z
  .strictObject({ name: line(200), quantity: quantity.optional(), unitPrice: Money })
  .meta({ id: "ServiceInput" });

export const ServicePatch = z
  .strictObject({ name: line(200).optional(), quantity: quantity.optional(), unitPrice: Money.optional() })
  .meta({ id: "ServicePatch" });
export type ServicePatch = z.infer<typeof ServicePatch>;

export const BillingService = z
  .object({
    id: ServiceId,
    version: z.int(),
    customerId: CustomerId,
    name: z.string(),
    quantity: z.int(),
    unitPrice: z.object({ amount: z.int(), currency: z.string() }).meta({ description: "A month, in minor units" }),
    endedAt: z.iso.datetime().nullable().meta({ description: "Since when it is no longer provided" }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "BillingService" });
export type BillingService = z.infer<typeof BillingService>;
