import * as z from "zod";
import { type Input, operation } from "../../shared/http/operation.ts";
import { enrolmentKeyStore, presentEnrolmentKey } from "../../shared/store/devices/enrolment-keys.ts";
import { enrolment as contracts } from "./contract.ts";

const stores = { keys: enrolmentKeyStore };

/** Lists the enrolment keys of one customer, oldest first, without their tokens. */
export async function listEnrolmentKeys({
  params,
  page,
  deps: { keys },
}: Input<typeof contracts.listEnrolmentKeys, typeof stores>) {
  const { records, next } = await keys.list(params.id, page.limit, page.position(z.string()));
  return {
    items: records.map((record) => presentEnrolmentKey(record, keys.now())),
    nextCursor: page.next(next),
  };
}

export const handler = operation(contracts.listEnrolmentKeys, listEnrolmentKeys, stores);
