import type { CustomerSpot, Spot } from "./tree.ts";

/** What kind of credential a caller presents. */
export type Credential = "none" | "key" | "user" | "account" | "agent" | "server";

/** One caller of the matrix. Another kind of caller is another entry. */
export interface CallerKind {
  name: string;
  credential: Credential;
  /** Where its credential belongs; of a device, the device itself. */
  at: Spot;
  /** Of a key or a user. */
  role?: string;
  /** Why nobody may be let in by it. */
  refused?:
    "missing" | "forged" | "unknown" | "revoked" | "expired" | "deleted" | "malformed" | "superseded" | "disabled";
  /** A user who has to choose a password first, before all else. */
  unready?: true;
  /** A user without a second factor, which his branch demands since he has logged in. */
  lacksFactor?: true;
  /** Its customer has been deactivated since. */
  deactivated?: true;
  /** A user who has not proved for a while who he is. */
  stale?: true;
  /** Where the things stand that it names beside what is tried. */
  home: CustomerSpot;
}

const key = (at: Spot, role: string, home: CustomerSpot): CallerKind => ({
  name: `${role} of ${at}`,
  credential: "key",
  at,
  role,
  home,
});
const user = (at: Spot, role: string, home: CustomerSpot, more: Partial<CallerKind> = {}): CallerKind => ({
  ...key(at, role, home),
  name: `${role} user of ${at}`,
  credential: "user",
  ...more,
});
const refusedKey = (refused: NonNullable<CallerKind["refused"]>, at: Spot = "R"): CallerKind => ({
  name: `${refused} key`,
  credential: "key",
  at,
  role: "admin",
  refused,
  home: "E",
});

/** The login of a customer's account, which is the one that its first two computers belong to. */
const account = (at: CustomerSpot, more: Partial<CallerKind> = {}): CallerKind => ({
  name: `account of ${at}`,
  credential: "account",
  at,
  home: at,
  ...more,
});

export const callers: readonly CallerKind[] = [
  { name: "nobody", credential: "none", at: "R", refused: "missing", home: "E" },
  refusedKey("malformed"),
  refusedKey("forged"),
  refusedKey("unknown"),
  refusedKey("revoked"),
  refusedKey("expired"),
  refusedKey("deleted", "X"),
  key("R", "admin", "E"),
  key("R", "operator", "E"),
  key("R", "viewer", "E"),
  key("P", "support", "E"),
  key("P", "admin", "E"),
  key("A", "admin", "E"),
  key("A", "operator", "E"),
  key("R2", "admin", "E2"),
  key("R2", "viewer", "E2"),
  key("R3", "admin", "E3"),
  key("B", "admin", "E3"),
  key("E", "admin", "E"),
  key("E", "operator", "E"),
  key("S", "admin", "S"),
  key("M", "admin", "M"),
  key("R", "billing", "E"),
  { ...key("E3", "admin", "E3"), name: "key of a deactivated customer", deactivated: true },
  user("R", "admin", "E"),
  user("R", "billing", "E"),
  user("R", "viewer", "E"),
  user("E", "operator", "E"),
  user("R2", "admin", "E2"),
  user("P", "support", "E"),
  user("R", "admin", "E", { name: "disabled user", refused: "disabled" }),
  user("R", "admin", "E", { name: "deleted user", refused: "unknown" }),
  user("R", "admin", "E", { name: "user whose access has ended", refused: "expired" }),
  user("R", "admin", "E", { name: "user whose session has ended", refused: "revoked" }),
  user("R", "admin", "E", { name: "forged session", refused: "forged" }),
  user("R", "admin", "E", { name: "user with a password to change", unready: true }),
  user("S", "admin", "S", { name: "user without second factor", lacksFactor: true }),
  user("R", "admin", "E", { name: "user without proof", stale: true }),
  account("E"),
  account("E2"),
  account("M", { name: "account with a password to change", unready: true }),
  account("S", { name: "account whose portal is closed", refused: "disabled" }),
  account("E", { name: "forged session of an account", refused: "forged" }),
  { name: "agent of E/1", credential: "agent", at: "E/1", home: "E" },
  { name: "agent of E/2", credential: "agent", at: "E/2", home: "E" },
  { name: "agent of E2/1", credential: "agent", at: "E2/1", home: "E2" },
  { name: "agent of M/1", credential: "agent", at: "M/1", home: "M" },
  { name: "forged agent", credential: "agent", at: "E/1", refused: "forged", home: "E" },
  { name: "superseded agent", credential: "agent", at: "S/1", refused: "superseded", home: "S" },
  { name: "server of E", credential: "server", at: "E", home: "E" },
  { name: "server of R2", credential: "server", at: "R2", home: "E2" },
  { name: "replaced server token", credential: "server", at: "S", refused: "superseded", home: "S" },
];
