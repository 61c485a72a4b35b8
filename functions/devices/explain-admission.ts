import { reasonsAgainst, reasonsAgainstWaiting, reasonsFor } from "../../shared/domain/devices/admission.ts";
import { checkFigure } from "../../shared/domain/devices/job-result.ts";
import { throttleFor, throttleNow } from "../../shared/domain/devices/throttle.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { deviceStore } from "../../shared/store/devices/devices.ts";
import { devices as contracts } from "./contract.ts";

const stores = { devices: deviceStore };

/** Answers whether a device may back up now, by the very rules that its agent is answered by, with every reason why not. Changes nothing. */
export async function explainAdmission({
  params,
  query,
  caller,
  deps: { devices },
}: Input<typeof contracts.explainAdmission, typeof stores>) {
  const requested = query.estimatedBytes ?? 0;
  checkFigure(requested, "estimatedBytes");
  const { applicant, device, chain } = await devices.loadApplicant(params.id);
  const now = devices.now();
  const visible = new Set(chain.slice(0, chain.findIndex(({ id }) => id === caller.scopeId) + 1).map(({ id }) => id));
  const reasons = applicant
    ? reasonsAgainst(applicant, requested, now)
    : reasonsAgainstWaiting(device, chain, requested);
  const { at: _, ...throttle } = throttleFor(
    throttleNow([{ id: device.id, level: "device", throttle: device.throttle }], chain, now),
    visible,
  );
  return {
    allowed: reasons.length === 0,
    drawsLicence: reasons.length === 0 && !device.licensed,
    reasons: reasonsFor(reasons, visible),
    throttle,
  };
}

export const handler = operation(contracts.explainAdmission, explainAdmission, stores);
