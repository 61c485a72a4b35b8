import type { RowKind } from "../../domain/imports/columns.ts";
import { AccountId, CustomerId } from "../../domain/terms/ids.ts";
import { Username } from "../../domain/access/login.ts";
import type { Above } from "../../domain/imports/plan.ts";
import { normaliseName } from "../../domain/terms/names.ts";
import { loadChain, orAbsent } from "../hierarchy/branch.ts";
import { loadPlace } from "../hierarchy/pointers.ts";
import type { StoreContext } from "../hierarchy/scope.ts";
import { accountRefKey, loginKey, nameKey, refKey } from "../table/keys.ts";

/** Something that rows of a file stand below, and that is there already. */
export interface Found {
  kind: Exclude<RowKind, "device">;
  id: string;
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

type Known = Extract<Above, { known: string }>;

/** The customer that a text means: its id, its reference directly below the target, or its name. */
async function customerOf({ db }: StoreContext, targetId: string, { known, by }: Known): Promise<string | null> {
  if (by === null && CustomerId.safeParse(known).success) return known;
  const byReference = by === null ? db.get(refKey(targetId, known)) : undefined;
  const [byRef, byName] = await Promise.all([
    byReference,
    normaliseName(known) === "" ? undefined : db.get(nameKey(known)),
  ]);
  return text(byRef?.["customerId"]) ?? text(byName?.["customerId"]);
}

/** The account that a text means: its id, its reference among the accounts of the target, or its login. */
async function accountOf({ db }: StoreContext, targetId: string, { known, by }: Known): Promise<string | null> {
  if (by === null && AccountId.safeParse(known).success) return known;
  const login = Username.safeParse(known).data;
  const byReference = by === null ? db.get(accountRefKey(targetId, known)) : undefined;
  const [byRef, byLogin] = await Promise.all([byReference, login === undefined ? undefined : db.get(loginKey(login))]);
  return text(byRef?.["accountId"]) ?? text(byLogin?.["accountId"]);
}

/**
 * What a file means by a parent that it has no row for, within the customer that is imported into.
 * @param kinds what the parent may be, the likeliest first
 * @returns null where there is no such thing below the target, as far as the caller sees it
 */
export async function findParent(
  context: StoreContext,
  targetId: string,
  said: Known,
  kinds: readonly Found["kind"][],
): Promise<Found | null> {
  for (const kind of kinds) {
    if (said.by !== null && said.by !== (kind === "customer" ? "name" : "login")) continue;
    const id = await (kind === "customer" ? customerOf : accountOf)(context, targetId, said);
    if (id === null) continue;
    const chain =
      kind === "customer"
        ? await orAbsent(loadChain(context, id))
        : (await orAbsent(loadPlace(context, id, "account", false, () => Promise.resolve(null))))?.chain;
    if (chain?.some(({ id: above }) => above === targetId)) return { kind, id };
  }
  return null;
}
