import type { Database } from "./database.ts";

/** Who asks, and what it may see. */
export interface Caller {
  kind: "apiKey";
  id: string;
  role: "admin" | "operator" | "viewer";
  /** The customer whose branch the credential sees. */
  scopeId: string;
  /** Ids above the scope, as a hint. */
  scopeAncestors: readonly string[];
}

/** What every store of one request is made from. A store that is made from it sees the caller's branch and nothing else. */
export interface StoreContext {
  db: Database;
  caller: Caller;
  requestId: string;
  now: () => number;
  id: (kind: "customer" | "apiKey" | "logEntry") => string;
  secret: () => string;
}
