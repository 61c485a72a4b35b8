import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import type { Reply } from "../support/api.ts";
import { type Cell, proving } from "./cells.ts";
import type { Stage } from "./stage.ts";
import { customerOf, isIn, type Spot } from "./tree.ts";

const running = new AsyncLocalStorage<string[]>();

/** Does something, and tells all writes that it sends to the table but for the counts of requests and attempts, the log of access, and hints of where things stand. */
export async function writesDuring<T>(work: () => Promise<T>): Promise<{ result: T; writes: string[] }> {
  const writes: string[] = [];
  return { result: await running.run(writes, work), writes };
}

/** Whether a write only mends what a record remembers of the levels above it, or notes that a session is used. */
const isHint = (input: unknown): boolean =>
  /^SET (#ancestors = :v\d+(, #parentId = :v\d+)?|#lastSeenAt = :v\d+)$/.test(
    String((input as { UpdateExpression?: string }).UpdateExpression),
  );

/** All functions share one client, so whatever any of them writes passes here. */
export const watchWrites = (stage: Stage): void =>
  stage.runtime.client.middlewareStack.add(
    (next, context) => (args) => {
      const text = JSON.stringify(args.input);
      const name = String(context["commandName"]);
      const counts = name === "UpdateItemCommand" && (/"(RATE|ACCESS)#/.test(text) || isHint(args.input));
      if (/^(TransactWrite|Put|Update|Delete|BatchWrite)/.test(name) && !counts)
        running.getStore()?.push(`${name} ${text.slice(0, 300)}`);
      return next(args);
    },
    { step: "initialize", name: "watchWritesOfCells" },
  );

/** Every item of the table but the counts of requests and attempts and the log of access, without its hints, as text, in the order of their keys. */
export async function dumpOf({ table: { documents, tableName: TableName } }: Stage): Promise<string[]> {
  const items: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName, ConsistentRead: true }))
    for (const item of Items)
      if (!/^(RATE|ACCESS)#/.test(String(item["pk"]))) {
        const { ancestors: _, lastSeenAt: __, ...kept } = item;
        items.push(JSON.stringify(Object.entries(kept).toSorted()));
      }
  return items.toSorted();
}
export const hashOf = (items: readonly string[]): string => createHash("sha256").update(items.join("\n")).digest("hex");

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Looks into answers and lines of the log for what they must not hold. */
export function detector({ markers, secrets }: Stage) {
  const marks = /mk[a-z0-9-]+x[0-9a-f]{12}/g;
  // Of a token the part that is secret, and the hashes of it that somebody could keep.
  const parts = secrets.flatMap((secret) => {
    const part = /^t[a-z]_[0-9A-Z]{26}_(.+)$/.exec(secret)?.[1] ?? secret;
    const hash = createHash("sha256").update(part).digest();
    return [part, hash.toString("base64url"), hash.toString("hex")];
  });
  const anySecret = new RegExp(parts.map(escaped).join("|"));
  return {
    /** Markers of spots that none of `sees` allows. */
    foreign: (text: string, sees: (spot: Spot) => boolean): string[] =>
      [...new Set(text.match(marks) ?? [])].filter((mark) => !(markers[mark] ?? []).some(sees)),
    /** The spots that a text has markers of. */
    spotsIn: (text: string): Spot[] => [...new Set((text.match(marks) ?? []).flatMap((mark) => markers[mark] ?? []))],
    holdsSecret: (text: string): boolean => anySecret.test(text),
  };
}

/** Whose markers an answer may hold: those of the caller's branch; a device sees itself and its customer, who proves himself in the request what that is about. */
export const seenBy =
  ({ caller, operation, expected }: Cell) =>
  (spot: Spot): boolean => {
    if (operation.permission === "public") return proving.has(operation.id) && expected === "served" && isIn("E", spot);
    // The computer that was a device before is told which one has taken its place.
    if (caller.refused !== undefined) return caller.refused === "superseded" && spot === caller.at;
    // Whoever may switch to another account is told of it.
    const isOther = /^(listOwnAccounts|switchAccount)$/.test(operation.id) && spot === `${caller.at}/account`;
    if (caller.credential === "account" && isOther) return true;
    if (caller.credential === "account") return [caller.at, `${caller.at}/1`, `${caller.at}/2`].includes(spot);
    return isIn(caller.at, spot) || (caller.credential === "agent" && spot === customerOf(caller.at));
  };

/** An answer without what differs from request to request. */
export function lasting({ status, headers, body }: Reply): string {
  const volatile = new Set(["x-request-id", "server-timing", "ratelimit", "ratelimit-policy"]);
  const kept = Object.entries(headers).filter(([name]) => !volatile.has(name));
  const said = typeof body === "object" && body !== null ? { ...body, requestId: "" } : body;
  return JSON.stringify([status, kept.toSorted(), said]);
}
