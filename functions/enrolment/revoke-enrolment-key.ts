import { difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { enrolmentKeyStore, presentEnrolmentKey } from "../../shared/store/devices/enrolment-keys.ts";
import { enrolment as contracts } from "./contract.ts";

const stores = { keys: enrolmentKeyStore };

/** Revokes an enrolment key at once and for ever; again is no error. Devices that it created keep their own tokens. */
export async function revokeEnrolmentKey({
  params,
  ifMatch,
  deps: { keys },
}: Input<typeof contracts.revokeEnrolmentKey, typeof stores>) {
  const { record: before, chain } = await keys.load(params.id, params.keyId);
  ifMatch(before.version);
  if (before.revokedAt !== null) return { result: presentEnrolmentKey(before, keys.now()), writes: [] };
  const { record, writes } = keys.revoke(before);
  return {
    result: presentEnrolmentKey(record, keys.now()),
    writes: [
      ...writes,
      keys.log(chain, {
        type: "EnrolmentKeyRevoked",
        node: { id: record.id, level: null, name: record.name },
        changes: difference(before, record),
      }),
    ],
  };
}

export const handler = operation(contracts.revokeEnrolmentKey, revokeEnrolmentKey, stores);
