import {
  inheritedPrefixes,
  placeOfData,
  type Reason,
  reasonsAgainst,
  reasonsAgainstWaiting,
  reasonsFor,
  rightsOf,
} from "../../shared/domain/devices/admission.ts";
import { checkFigure } from "../../shared/domain/devices/job-result.ts";
import { sells } from "../../shared/domain/terms/levels.ts";
import { throttleFor, throttleNow } from "../../shared/domain/devices/throttle.ts";
import { dayMs } from "../../shared/domain/terms/trial.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { agentStore } from "../../shared/store/devices/agents.ts";
import { agent as contracts } from "./contract.ts";

const stores = { agent: agentStore };

/**
 * Decides whether a device may back up now, over the whole chain, with all reasons why not. The first time that it may it draws its
 * licence, in one transaction with the conditions of its pool; apart from that nothing is written.
 */
export async function authorizeBackup({
  body,
  deps: { agent },
}: Input<typeof contracts.authorizeBackup, typeof stores>) {
  const requested = body.estimatedBytes ?? 0;
  checkFigure(requested, "estimatedBytes");
  const { applicant, device, chain, set } = await agent.loadApplicant(body.backupSetId);
  const now = agent.now();
  // A device sees its customer and, from a site, the end-customer; of those who sell it hears the level only.
  const visible = new Set(chain.filter(({ level }) => !sells(level)).map(({ id }) => id));
  const refused = (reasons: readonly Reason[]) => ({
    result: { allowed: false, grant: null, reasons: reasonsFor(reasons, visible) },
    writes: [],
  });
  if (!applicant) return refused(reasonsAgainstWaiting(device, chain, requested));
  const reasons = reasonsAgainst(applicant, requested, now);
  if (reasons.length > 0) return refused(reasons);

  const own = [
    ...(set ? [{ id: set.id, level: "backup-set" as const, throttle: set.throttle }] : []),
    { id: device.id, level: "device" as const, throttle: device.throttle },
  ];
  const { at: _, ...throttle } = throttleFor(throttleNow(own, chain, now), visible);
  const grant = {
    id: agent.newId("grant"),
    ...placeOfData(chain, set?.dataDeviceId ?? device.id, agent.stage),
    inheritedPrefixes: inheritedPrefixes(chain, device),
    throttle,
    rights: rightsOf(applicant),
    credentials: null,
    expiresAt: new Date(now + dayMs).toISOString(),
  };
  const drawn = device.licensed ? [] : agent.drawLicence(device, chain);
  if (!drawn) throw new Error("A pool that had a licence has none.");
  return {
    result: { allowed: true, grant, reasons: [] },
    writes: [
      ...drawn,
      ...(drawn.length > 0
        ? [agent.log(chain, { type: "LicenceDrawn", node: { id: device.id, level: null, name: device.name } })]
        : []),
    ],
  };
}

export const handler = operation(contracts.authorizeBackup, authorizeBackup, stores);
