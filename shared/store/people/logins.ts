import * as z from "zod";
import { type Chain, deletedIn } from "../../domain/hierarchy/customer.ts";
import { UserRecord } from "../../domain/people/user.ts";
import { UserId } from "../../domain/terms/ids.ts";
import { LoginItem, type LoginPlace, placeOfLogin } from "../access/logins.ts";
import { hashSecret, isSecret } from "../access/tokens.ts";
import { readChain } from "../hierarchy/chain.ts";
import type { Database } from "../table/database.ts";
import { customerKey, knownClientKey, loginKey, userKey } from "../table/keys.ts";
import { insert, type Put } from "../table/writes.ts";

const UserLogin = z.object({ userId: UserId });
/** Keys that nothing stands under, as many as a user's customer with those above has. */
const nobody = Array.from({ length: 4 }, (_, step) => customerKey(`nobody-${step}`));

/** A user with the chain of the customer whose branch he sees. */
export interface UserPlace {
  user: UserRecord;
  chain: Chain;
}

/** A user by id, with his customer's chain; null where there is none, or that is deleted. Reads as often for an id that nobody has. */
export async function findUserPlace(db: Database, id: string): Promise<UserPlace | null> {
  const item = await db.get(userKey(id));
  if (!item) {
    await db.getAll(nobody);
    return null;
  }
  const user = UserRecord.parse(item);
  const { customerId, ancestors } = user;
  const chain = await readChain(db, customerId, { customerId, ancestors });
  return !chain || deletedIn(chain) ? null : { user, chain };
}

/** The same by a user name, whoever or whatever has it. */
export async function findUserLogin(db: Database, username: string): Promise<UserPlace | null> {
  const login = UserLogin.safeParse(await db.get(loginKey(username))).data;
  return findUserPlace(db, login?.userId ?? "usr_nobody");
}

/**
 * The user or the account that has a user name; null where nobody has it. Takes as many round trips for each of them: an account is looked for
 * where a user would be first.
 */
export async function findLoginOwner(db: Database, username: string): Promise<UserPlace | LoginPlace | null> {
  const item = await db.get(loginKey(username));
  const login = LoginItem.safeParse(item).data;
  if (!login) return findUserPlace(db, UserLogin.safeParse(item).data?.userId ?? "usr_nobody");
  await db.get(userKey("usr_nobody"));
  return placeOfLogin(db, login);
}

/** How long a client is known after it has logged in. */
const knownMs = 180 * 24 * 60 * 60_000;
const clientForm = /^t([nm])_([0-7][0-9A-HJKMNP-TV-Z]{25})_([A-Za-z0-9_-]{43})$/;
const KnownClient = z.object({ secretHash: z.string(), expiresAt: z.int() });

/** The token by which a client is known that has logged in, and the write that makes it so. */
export function newKnownClient({ id }: { id: string }, secret: string, nowMs: number): { token: string; write: Put } {
  const secretHash = hashSecret(secret);
  return {
    token: `${id.startsWith("usr_") ? "tn" : "tm"}_${id.slice("usr_".length)}_${secret}`,
    write: insert(knownClientKey(id, secretHash), {
      kind: "known-client",
      secretHash,
      expiresAt: Math.ceil((nowMs + knownMs) / 1000),
    }),
  };
}

/** The user or account as which a client that sends such a token has logged in before; null where it has not. */
export async function knownClientOf(db: Database, token: string | undefined, nowMs: number): Promise<string | null> {
  const [, kind, owner, secret] = clientForm.exec(token ?? "") ?? [];
  if (owner === undefined || secret === undefined) return null;
  const ownerId = `${kind === "n" ? "usr" : "acc"}_${owner}`;
  const item = KnownClient.safeParse(await db.get(knownClientKey(ownerId, hashSecret(secret)))).data;
  return isSecret(secret, item?.secretHash) && (item?.expiresAt ?? 0) * 1000 > nowMs ? ownerId : null;
}
