import { CustomerRecord } from "../../../domain/hierarchy/customer.ts";
import { refuse } from "../../../domain/terms/errors.ts";
import type { Database } from "../../table/database.ts";
import { type ChildView, customerKey, linkForm, linkPrefix } from "../../table/keys.ts";
import { Link } from "../links.ts";

export interface LinkPage {
  links: Link[];
  more: boolean;
}

/** Links that one request reads at most while it looks for those that a second filter lets through. */
export const linksAtMost = 1000;

/** @throws DomainError invalid_cursor where lists have another order since the position was made */
export function checkForm(position: { form: number } | null): void {
  if (position !== null && position.form !== linkForm)
    throw refuse("invalid_cursor", "cursor", "Lists are sorted otherwise since this cursor was made; begin again.");
}

/** A page of the links to a customer's children in a view, after a sort key. */
export async function readLinks(
  db: Database,
  parentId: string,
  view: ChildView,
  name: string,
  after: string | undefined,
  limit: number,
): Promise<LinkPage> {
  const { items } = await db.query({ pk: parentId, prefix: linkPrefix(view, name), after, limit: limit + 1 });
  return { links: items.slice(0, limit).map((item) => Link.parse(item)), more: items.length > limit };
}

/** Records of links; null where the child is not there any more (it was moved or purged in between). */
export async function readRecords(
  db: Database,
  parentOf: ReadonlyMap<string, string>,
): Promise<Map<string, CustomerRecord>> {
  const items = await db.getAll([...parentOf.keys()].map(customerKey));
  const found = items.filter((item) => item !== undefined).map((item) => CustomerRecord.parse(item));
  return new Map(
    found.filter(({ id, parentId }) => parentOf.get(id) === parentId).map((record) => [record.id, record]),
  );
}
