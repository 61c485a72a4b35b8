import * as z from "zod";
import { line } from "../domain/terms/text.ts";
import { QueryInstant } from "../domain/terms/times.ts";

/** Query of every change. */
export const ChangeQuery = z.strictObject({
  dryRun: z.enum(["true", "false"]).optional().meta({
    description: "true: check everything and answer as usual, but change nothing",
    type: "boolean",
    default: false,
  }),
});

/** Query of every deletion. @param what the name that is to be repeated */
export const deletionQuery = (what: string) =>
  ChangeQuery.extend({
    confirm: z
      .string()
      .max(400)
      .optional()
      .meta({ description: `${what}, repeated` }),
    onBehalfOf: line(200).optional().meta({ description: "For whom it is deleted; the deletion report says so" }),
  });

/** How many of something one answer holds at most, as a query says it. @param what what is counted */
export const countUpTo = (most: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,4}$/, { error: "must be a whole number" })
    .transform(Number)
    .refine((count) => count >= 1 && count <= most, { error: `must be 1 to ${most}` })
    .optional()
    .meta({
      description: `${what}, 1 to ${most} (${most})`,
      type: "integer",
      minimum: 1,
      maximum: most,
      default: most,
    });

/** Query of every list. */
export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, { error: "must be a whole number" })
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, { error: "must be 1 to 200" })
    .optional()
    .meta({ description: "Items of a page, 1 to 200 (50)", type: "integer", minimum: 1, maximum: 200, default: 50 }),
  cursor: z.string().min(1).max(4000).optional().meta({ description: "`nextCursor` of the page before" }),
});

/** Query of what applies at a moment. */
export const AtQuery = z.strictObject({
  at: QueryInstant.optional().meta({ description: "The moment that is asked about; default: now" }),
});

/** true or false in a query. */
export const Flag = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .meta({ type: "boolean" });

/** Whether a list of what a customer has is to hold what all below it have too. */
export const BranchFlag = Flag.optional().meta({
  description:
    "true: of the customer and of all below it, customer by customer in the order of the tree. A page may then hold fewer items than asked for, even none, and still have a `nextCursor`: go on until that is null. Deleted customers are left out",
  type: "boolean",
  default: false,
});

/** The answer of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable().meta({ description: "null on the last page" }) });
