import { queryOptions } from "@tanstack/react-query";
import { type Schemas, TenantryError } from "@tenantry/client";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { type List, useList } from "../../parts/table/use-list.ts";
import type { MoveKind } from "./route.ts";

/** Something that can be moved. */
export interface Movable {
  id: string;
  name: string;
  /** What it is besides its name. */
  about: string;
  usedBytes: number | null;
}
type Thing = Schemas["Thing"];

const movable = (thing: Thing): Movable => {
  if (thing.kind === "customer") {
    const { id, name, email, space } = thing.customer;
    return { id, name, about: email, usedBytes: space.usedBytes };
  }
  if (thing.kind === "account") {
    const { id, username, contact, plan, usedBytes } = thing.account;
    return { id, name: username, about: `${contact.name}, ${plan}`, usedBytes };
  }
  const { id, name, os, usedBytes } = thing.device;
  return { id, name, about: os, usedBytes };
};

/** What can be moved from below a customer. */
export function useMovables(node: Node, what: MoveKind, deviceId: string | undefined): List<Movable> {
  return useList(
    ["moves", "movables", node.id, what, deviceId],
    async (cursor, signal) => {
      const page = { limit: 100, ...(cursor !== undefined && { cursor }) };
      if (what === "customers") {
        const { items, nextCursor } = await tenantry.listCustomers({ query: { parentId: node.id, ...page }, signal });
        return {
          items: items.filter(({ isDefault }) => !isDefault).map((customer) => movable({ kind: "customer", customer })),
          nextCursor,
        };
      }
      if (what === "backup-sets") {
        const { items } = await tenantry.listBackupSets({ query: { deviceId: deviceId ?? "" }, signal });
        return { items: items.map(({ id, name }) => ({ id, name, about: "", usedBytes: null })), nextCursor: null };
      }
      const kind = what === "devices" ? "device" : "account";
      const { items, nextCursor } = await tenantry.listDescendants({
        params: { id: node.id },
        query: { kind, ...page },
        signal,
      });
      const alive = items.filter(
        (thing) =>
          (thing.kind === "account" ? thing.account : thing.kind === "device" ? thing.device : thing.customer)
            .deletedAt === null,
      );
      return { items: alive.map(movable), nextCursor };
    },
    { enabled: what !== "merge" && (what !== "backup-sets" || deviceId !== undefined) },
  );
}

/** What ids stand for. */
export const thingsQuery = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ["moves", "things", ids],
    queryFn: async ({ signal }) =>
      new Map(
        (await tenantry.getBatch({ query: { ids: ids.slice(0, 100).join(",") }, signal })).items
          .map(movable)
          .map((thing) => [thing.id, thing]),
      ),
    enabled: ids.length > 0 && !ids.some((id) => id.startsWith("set_")),
    staleTime: 60_000,
  });

/** What is asked for. */
export interface Wish {
  what: MoveKind;
  nodeId: string;
  ids: readonly string[];
  to: string;
  plan: string;
  onSamePlan: Schemas["SamePlan"];
  quotas: Schemas["QuotaRule"];
  newName: string;
  newEmail: string;
  country: string;
}
/** What would become of it: of a dry run, in one form for all kinds. */
export interface Outcome {
  customer: Schemas["MovedCustomer"] | null;
  preview: Schemas["MovePreview"] | null;
  /** What stands against a row, or against the whole. */
  refusals: readonly { id: string | null; code: string; message: string }[];
  /** How many rows can be moved. */
  possible: number;
  /** Set once it has begun. */
  taskId: string | null;
}

const none: Outcome = { customer: null, preview: null, refusals: [], possible: 0, taskId: null };
type Task = Schemas["Task"] & { preview?: Schemas["MovePreview"] | null };

function outcomeOf(task: Task, count: number): Outcome {
  const failed = task.result.rows.filter(({ status }) => status === "failed");
  const refusals = failed.flatMap(({ id, code, message, errors }) =>
    errors.length === 0
      ? [{ id, code: code ?? "", message: message ?? "" }]
      : errors.map((error) => ({ id, code: error.code ?? code ?? "", message: error.message })),
  );
  const rows = task.result.rows.length || count;
  return { ...none, preview: task.preview ?? null, refusals, possible: rows - failed.length, taskId: task.id };
}

/** Asks for it, or tries it. @throws TenantryError where nothing of it is possible */
async function request(wish: Wish, dryRun: boolean): Promise<Outcome> {
  const { what, nodeId, ids, to } = wish;
  const query = { dryRun, partial: true };
  const count = ids.length;
  if (what === "customers" && count === 1) {
    const customer = await tenantry.moveCustomer({
      params: { id: ids[0] ?? "" },
      query: { dryRun },
      body: { parentId: to },
    });
    return { ...none, customer, possible: 1 };
  }
  if (what === "customers")
    return outcomeOf(await tenantry.moveCustomers({ query, body: { ids: [...ids], parentId: to } }), count);
  if (what === "accounts")
    return outcomeOf(
      await tenantry.moveAccounts({
        query,
        body: {
          ids: [...ids],
          customerId: to,
          onSamePlan: wish.onSamePlan,
          ...(wish.plan !== "" && { plan: wish.plan }),
        },
      }),
      count,
    );
  if (what === "devices")
    return outcomeOf(await tenantry.moveDevices({ query, body: { ids: [...ids], accountId: to } }), count);
  if (what === "backup-sets") {
    for (const id of ids) await tenantry.moveBackupSet({ params: { id }, query: { dryRun }, body: { deviceId: to } });
    return { ...none, possible: count };
  }
  if (what === "merge")
    return outcomeOf(
      await tenantry.mergeCustomer({
        params: { id: nodeId },
        query: { dryRun },
        body: { fromCustomerId: to, quotas: wish.quotas, onSamePlan: wish.onSamePlan },
      }),
      1,
    );
  const { task } = await tenantry.splitCustomer({
    params: { id: nodeId },
    query: { dryRun },
    body: {
      accountIds: [...ids],
      customer: { name: wish.newName.trim(), email: wish.newEmail.trim(), country: wish.country },
    },
  });
  return outcomeOf(task, count);
}

/** Tries it: what would move and change, and what stands against it. A refusal is an answer too. */
export async function tryMove(wish: Wish): Promise<Outcome> {
  try {
    return await request(wish, true);
  } catch (error) {
    if (!(error instanceof TenantryError) || error.status >= 500 || error.code === "forbidden") throw error;
    const { errors, code, message } = error;
    const about = (path: string): string | null => {
      const found = /^(?:ids|accountIds)[.[](\d+)/.exec(path);
      return found ? (wish.ids[Number(found[1])] ?? null) : null;
    };
    return {
      ...none,
      refusals:
        errors.length === 0
          ? [{ id: null, code, message }]
          : errors.map((one) => ({ id: about(one.path), code: one.code ?? code, message: one.message })),
    };
  }
}

/** Begins it. */
export const startMove = (wish: Wish): Promise<Outcome> => request(wish, false);
