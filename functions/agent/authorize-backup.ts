import {
  type Reason,
  reasonsAgainst,
  reasonsAgainstWaiting,
  reasonsFor,
  rightsOf,
} from "../../shared/domain/devices/admission.ts";
import { inheritedPrefixes, placeOfData } from "../../shared/domain/devices/data-place.ts";
import { checkFigure } from "../../shared/domain/devices/job-result.ts";
import { throttleFor, throttleNow } from "../../shared/domain/devices/throttle.ts";
import { dayMs } from "../../shared/domain/terms/trial.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { vaultCredentials } from "../../shared/runtime/vault-credentials.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";
import { seenByDevice, sessionOf } from "./grants.ts";

const stores = { agent: agentStore, credentials: vaultCredentials };

/**
 * Decides whether a device may back up now, over the whole chain, with all reasons why not. The first time that it may it draws its
 * licence, in one transaction with the conditions of its pool; apart from that nothing is written, unless its customer has no vault on order.
 */
export async function authorizeBackup({
  query,
  body,
  deps: { agent, credentials },
}: Input<typeof contracts.authorizeBackup, typeof stores>) {
  const requested = body.estimatedBytes ?? 0;
  checkFigure(requested, "estimatedBytes");
  const { applicant, device, chain, set } = await agent.loadApplicant(body.backupSetId);
  const now = agent.now();
  const visible = seenByDevice(chain);
  const refused = (reasons: readonly Reason[]) => ({
    result: { allowed: false, grant: null, reasons: reasonsFor(reasons, visible) },
    // A customer of the provider's storage without a vault on order (one from before there were any) has it ordered now.
    writes: query.dryRun === "true" ? [] : agent.orderMissingVault(chain),
  });
  if (!applicant) return refused(reasonsAgainstWaiting(device, chain, requested));
  const reasons = reasonsAgainst(applicant, requested, now);
  if (reasons.length > 0) return refused(reasons);

  const own = [
    ...(set ? [{ id: set.id, level: "backup-set" as const, throttle: set.throttle }] : []),
    { id: device.id, level: "device" as const, throttle: device.throttle },
  ];
  const { at: _, ...throttle } = throttleFor(throttleNow(own, chain, now), visible);
  const place = placeOfData(chain, device, set?.dataDeviceId ?? device.id, agent.storage);
  const inherited = inheritedPrefixes(chain, device);
  const { id, writes } = await agent.newGrant(place.bucket ?? "");
  const drawn = device.licensed ? [] : agent.drawLicence(device, chain);
  if (!drawn) throw new Error("A pool that had a licence has none.");
  const grant = {
    id,
    ...place,
    inheritedPrefixes: inherited,
    throttle,
    rights: rightsOf(applicant),
    credentials: null,
    expiresAt: new Date(now + dayMs).toISOString(),
  };
  const kept = { allowed: true, grant, reasons: [] };
  const session = sessionOf(device, chain, place, inherited);
  const issued = session === null || query.dryRun === "true" ? null : await credentials.issue(session);
  return {
    result: { ...kept, grant: { ...grant, credentials: issued } },
    kept,
    writes: [
      ...writes,
      ...drawn,
      ...(drawn.length > 0
        ? [
            agent.log(chain, {
              type: "LicenceDrawn",
              node: { id: device.id, level: null, name: device.name },
              changes: [{ path: "licensed", before: false, after: true }],
            }),
          ]
        : []),
    ],
  };
}

export const handler = operation(contracts.authorizeBackup, authorizeBackup, stores);
