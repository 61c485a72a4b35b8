import * as z from "zod";
import { SearchField, searchForm, SearchKind } from "../../shared/domain/search/words.ts";
import { AccountId, CustomerId } from "../../shared/domain/terms/ids.ts";
import { Level } from "../../shared/domain/terms/levels.ts";
import { line } from "../../shared/domain/terms/text.ts";
import { defineArea } from "../../shared/http/contract.ts";
import { pageOf, PageQuery } from "../../shared/http/requests.ts";

/** Something that was found. */
const Match = z
  .object({
    kind: SearchKind,
    id: z.string(),
    name: z.string().meta({ description: "Of an account: its user name" }),
    matched: SearchField.meta({ description: "What of it begins with the text" }),
    customerId: CustomerId.meta({ description: "The customer that it belongs to, or itself" }),
    accountId: AccountId.nullable().meta({ description: "Of a device: its account; null while it has none" }),
    path: z
      .array(z.object({ id: CustomerId, level: Level, name: z.string(), isDefault: z.boolean() }))
      .meta({ description: "From the top of your branch to that customer" }),
    deletedAt: z.string().nullable(),
  })
  .meta({ id: "Match", description: "A customer, an account or a device that was found" });

export const search = defineArea("search", {
  search: {
    route: "GET /v1/search",
    summary: "Find customers, accounts and devices",
    description: [
      "Finds what begins with a text anywhere in your branch, your own customer among it:\n",
      "- customers by name, mail address and external reference,",
      "- accounts by user name and external reference, and by name and mail address of their contact,",
      "- devices by name, machine id and external reference.\n",
      "Upper and lower case, accents and punctuation do not count: `mull` finds Müller, and `ann.lee@` finds ann-lee@example.com. Names of customers and contacts are found from each of their first four words on, so `müller` finds Zahnarzt Müller; all else from its beginning.\n",
      "Each thing comes once, in the order of the words that were found. A page may hold fewer than asked for, even none, and still have a next one: only `nextCursor: null` is the end. Deleted customers are left out with all that is below them; deleted accounts and devices are found until they are purged.\n",
      "What is new, renamed or moved is found a moment later. After a move of many customers, accounts or devices it takes a while until all of them are found from the levels above their new place; nothing is ever shown that is not in your branch.",
    ].join("\n"),
    permission: "branch:read",
    branch: "scope",
    query: PageQuery.extend({
      q: line(200)
        .refine((text) => text === "" || searchForm(text) !== "", { error: "must hold a visible character" })
        .meta({ description: "The beginning of what is looked for", examples: ["müller"] }),
      kind: SearchKind.optional().meta({ description: "Only this kind; default: all" }),
    }),
    success: { status: 200, body: pageOf(Match) },
    errors: ["invalid_cursor"],
    grants: ["table:BatchGetItem", "table:Query"],
  },
});
