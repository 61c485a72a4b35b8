import type { Database } from "./database.ts";
import { Contended, Stale, type Write } from "./writes.ts";

/** Commits what settles something that others may settle at the same time. @returns false where somebody else has come first */
export async function settle(db: Database, writes: readonly Write[]): Promise<boolean> {
  try {
    await db.commit(writes);
    return true;
  } catch (error) {
    if (error instanceof Stale || error instanceof Contended) return false;
    throw error;
  }
}
