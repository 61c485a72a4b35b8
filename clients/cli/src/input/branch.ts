import { pages, type Schemas } from "@tenantry/client";
import type { Session } from "../session.ts";

const things = ({ tenantry }: Session, id: string, kind: Schemas["Thing"]["kind"]) =>
  pages(tenantry.listDescendants, { params: { id }, query: { kind, limit: 200 } });

/** All accounts of a customer and of the customers below it. */
export async function* accountsOfBranch(session: Session, id: string): AsyncGenerator<Schemas["Account"], void, void> {
  for await (const thing of things(session, id, "account")) if (thing.kind === "account") yield thing.account;
}

/** All devices of a customer and of the customers below it. */
export async function* devicesOfBranch(session: Session, id: string): AsyncGenerator<Schemas["Device"], void, void> {
  for await (const thing of things(session, id, "device")) if (thing.kind === "device") yield thing.device;
}
