import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";
import { ask, canAsk } from "./ask.ts";
import type { Session } from "../session.ts";

/**
 * The name that confirms a deletion: from `--confirm`, or asked for on a terminal. A dry run deletes nothing and needs none.
 * @throws Failure where nobody can be asked
 */
export async function confirmation(session: Session, name: string, said: string | undefined): Promise<string> {
  if (said !== undefined) return said;
  if (session.dryRun) return name;
  if (canAsk()) return await ask(`Type "${name}" to delete it: `);
  throw new Failure(`This deletes "${name}". Repeat the name to confirm: --confirm "${name}"`, exitCodes.usage);
}
