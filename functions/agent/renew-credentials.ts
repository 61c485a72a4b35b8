import { reasonsAgainstWaiting, reasonsFor, reasonsToStop } from "../../shared/domain/devices/admission.ts";
import { inheritedPrefixes, placeOfData, wantedPrefixes } from "../../shared/domain/devices/data-place.ts";
import { notFound } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { vaultCredentials } from "../../shared/runtime/vault-credentials.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";
import { seenByDevice, sessionOf } from "./grants.ts";

const stores = { agent: agentStore, credentials: vaultCredentials };

/**
 * Gives a device new credentials for a backup under way, or for other prefixes of its grant. Refuses once the grant has expired, and says why
 * where the device may not go on.
 */
export async function renewCredentials({
  params,
  query,
  body,
  deps: { agent, credentials },
}: Input<typeof contracts.renewCredentials, typeof stores>) {
  const { applicant, device, chain } = await agent.loadApplicant(undefined);
  const place = placeOfData(chain, device, device.id, agent.storage);
  const session = sessionOf(device, chain, place, inheritedPrefixes(chain, device));
  if (session === null) throw notFound("grant");
  await agent.checkGrant(params.id, session.bucket);
  const reasons = applicant ? reasonsToStop(applicant, agent.now()) : reasonsAgainstWaiting(device, chain, 0);
  if (reasons.length > 0) {
    const told = reasonsFor(reasons, seenByDevice(chain));
    return { result: { allowed: false, credentials: null, reasons: told }, writes: [] };
  }
  const prefixes = wantedPrefixes(session.prefixes, body.prefixes);
  const issued = query.dryRun === "true" ? null : await credentials.issue({ ...session, prefixes });
  const kept = { allowed: true, credentials: null, reasons: [] };
  return { result: { ...kept, credentials: issued }, kept, writes: [] };
}

export const handler = operation(contracts.renewCredentials, renewCredentials, stores);
