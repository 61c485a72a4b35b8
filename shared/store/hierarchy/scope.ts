import type { CustomerRecord } from "../../domain/hierarchy/customer.ts";
import type { Transit } from "../../domain/hierarchy/transit.ts";
import type { IdKind } from "../../domain/terms/ids.ts";
import type { CallerRole } from "../../domain/access/roles.ts";
import type { StoragePlan } from "../../domain/terms/storage-plan.ts";
import type { Database } from "../table/database.ts";

/** The session of a caller who has logged in. */
export interface CallerSession {
  id: string;
  /** What has to be done before anything else is allowed. */
  needs: "password_change" | null;
  /** Nothing but the password has been set up: where a level above demands more, that comes first. */
  lacksSecondFactor: boolean;
  /** When the caller last proved who it is, in milliseconds since the epoch. */
  provedAt: number;
}

/** Whether a caller is a program or a person with a role, and no machine. */
export const hasRole = ({ kind }: Pick<Caller, "kind">): boolean =>
  kind === "apiKey" || kind === "user" || kind === "account";

/** Who asks, and what it may see. */
export interface Caller {
  kind: "apiKey" | "user" | "account" | "device" | "server";
  id: string;
  /** Of a device it is never asked: it may do what concerns itself. */
  role: CallerRole;
  /** The customer whose branch the credential sees. */
  scopeId: string;
  /** Ids above the scope, as a hint. */
  scopeAncestors: readonly string[];
  /**
   * The API key or user that made this one: a credential that somebody made himself is no second person. null: the first key, one made before
   * this was recorded, or neither a key nor a user.
   */
  createdBy: string | null;
  /** Networks that the credential may be used from, as CIDR; absent or empty: it may be used from everywhere. */
  ipRanges?: readonly string[];
  /** Of somebody who has logged in. */
  session?: CallerSession;
  /** In whose name the credential acts, and what that one sees; absent: in its own. */
  onBehalfOf?: { kind: Caller["kind"]; id: string; scopeId: string };
  /** Of somebody who has logged in by an account: of its customer he sees this account, and what belongs to it. */
  account?: { id: string };
  /** Where a device stands. */
  device?: { accountId: string | null; parentAccountId: string | null };
}

/** Whether a credential is the provider's own. Only the provider has nobody above it, wherever customers are moved, so the hint is enough. */
export const isProviders = ({ scopeAncestors }: Pick<Caller, "scopeAncestors">): boolean => scopeAncestors.length === 0;

/** Seals a text so that only the sender of mails can read it again; `purpose` is the id of the mail that it is for. */
export type Seal = (text: string, purpose: string) => Promise<string>;

/** How a change has come to be. */
export interface Origin {
  /** The operation that was called, or the job that is at work. */
  operation: string;
  /** Where the request comes from, as the gateway saw it; null: nobody asked for it. */
  sourceIp: string | null;
}

/** What all work on the table has, be it asked for by somebody or by nobody. It tells of no branch: what is made from it has to be told. */
export interface WorkContext {
  db: Database;
  requestId: string;
  /** Absent: nobody is told. */
  origin?: Origin;
  /** The caller asked for it earlier and is not there any more: a job works in its name. */
  isForCaller?: true;
  now: () => number;
  id: (kind: IdKind) => string;
  secret: () => string;
  /** 0 to 1, for pauses. */
  random: () => number;
  /** Whether this installation can send mails at all. */
  sendsMail: boolean;
  /** Where people reach this installation, without a slash at the end; empty: it has no address of its own. */
  publicUrl: string;
  /** Where this installation keeps data. */
  storage: StoragePlan;
  /** Which attempt this is at the same change, counted from 1; absent: nobody counts. */
  attempt?: number;
  /** The time until which this change itself has what it moves held, see `refuseHeld`. */
  hold?: number;
  /** Brings one thing to its new place that is on its way to another customer; absent: whoever needs it there waits. */
  bringAlong?: (transit: Transit, id: string) => Promise<void>;
}

/** What every store of one request is made from. A store that is made from it sees the caller's branch and nothing else. */
export interface StoreContext extends WorkContext {
  caller: Caller;
  /**
   * Refuses the caller by what applies in its own branch now. It is asked wherever a chain shows the caller's own customer with all above it, so
   * it costs no read. Absent: nothing restricts the caller.
   */
  checkOwn?: ((own: readonly CustomerRecord[]) => void) | undefined;
}
