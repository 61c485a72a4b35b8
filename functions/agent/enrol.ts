import { creation, difference } from "../../shared/domain/hierarchy/log-changes.ts";
import { type DeviceRecord, newDevice, presentDevice } from "../../shared/domain/devices/device.ts";
import type { Chain } from "../../shared/domain/hierarchy/customer.ts";
import { type Change } from "../../shared/http/operation.ts";
import { type PublicInput, publicChange } from "../../shared/http/public-operation.ts";
import { writeToken } from "../../shared/store/access/tokens.ts";
import {
  checkMachine,
  enrolDevice,
  findMachine,
  reenrolDevice,
  settleEntrant,
} from "../../shared/store/devices/enrolments.ts";
import type { DevicePointer } from "../../shared/store/devices/device-tokens.ts";
import { findPredecessor, suspectDuplicate } from "../../shared/store/devices/replacements.ts";
import { readDevicePointer } from "../../shared/store/devices/identities.ts";
import { type Author, type LogEvent, logWrite } from "../../shared/store/hierarchy/log.ts";
import type { Write } from "../../shared/store/table/writes.ts";
import { accountForDevice, chooseAccount } from "../devices/device-account.ts";
import { agent as contracts } from "./contract.ts";
import { type Entrant, entrantByKey, entrantByLogin } from "./entrant.ts";

type Input = PublicInput<typeof contracts.enrol>;
type Result = { device: ReturnType<typeof presentDevice>; token: string };

/**
 * Makes a computer a device: of the account whose login it has, or of the customer whose enrolment key it has (with an account of its own).
 * Where the customer does not authorise by itself, the device waits for approval. A computer that is known gets a new token for the device
 * that it is, whose old token ends. Wrong credentials of every kind are answered alike, and ever later.
 */
export async function enrol(input: Input): Promise<Change<Result>> {
  const { body, db } = input;
  const entrant =
    body.enrolmentKey === undefined
      ? await entrantByLogin(input, String(body.username), String(body.password))
      : await entrantByKey(input, body.enrolmentKey);
  const { chain, account } = entrant;
  await settleEntrant(input.context, chain[0], { machineId: body.machineId, accountId: account?.id ?? null });
  const known = await findMachine(db, chain[0].id, body.machineId);
  if (!known) return newcomer(input, entrant);
  checkMachine(known, account?.id ?? null);
  const pointer = await readDevicePointer(db, known.id);
  return pointer ? comeBack(input, entrant, known, pointer) : newcomer(input, entrant);
}

const answer = (
  { context }: Input,
  entrant: Entrant,
  device: DeviceRecord,
  secret: string,
  { type, changes }: Required<Pick<LogEvent, "type" | "changes">>,
  writes: readonly Write[],
  status: 200 | 201 | 202,
): Change<Result> => {
  const { chain, caller } = entrant;
  const who: Author = { ...context, caller };
  return {
    status,
    result: { device: presentDevice(device, chain[0]), token: writeToken(device.id, secret, "device") },
    writes: [
      ...writes,
      logWrite(who, chain, { type, node: { id: device.id, level: null, name: device.name }, changes }),
    ],
  };
};

/** A computer that was not known: a device that begins, or waits. */
async function newcomer(input: Input, entrant: Entrant): Promise<Change<Result>> {
  const { body, context, now } = input;
  const { chain, account } = entrant;
  const { autoAuthorize } = chain[0];
  const own = autoAuthorize && account === null ? await ownAccount(input, entrant) : null;
  const standing = account ?? own?.account ?? null;
  const begins = autoAuthorize && standing !== null;
  const place = {
    id: context.id("device"),
    customerId: chain[0].id,
    accountId: standing?.id ?? null,
    plan: entrant.plan,
    state: begins ? ("active" as const) : ("pending" as const),
  };
  const device = { ...newDevice(body, place, now), lastSeenAt: new Date(now).toISOString() };
  const secret = context.secret();
  const who: Author = { ...context, caller: entrant.caller };
  const leading = standing && (standing.parentAccountId ?? standing.id);
  const older = await findPredecessor(input.db, device.customerId, device.name, leading);
  const writes = [
    ...(own ? [...own.writes, logWrite(who, chain, own.event)] : []),
    ...enrolDevice(device, standing, own !== null, chain, secret),
    ...(older ? duplicate(who, chain, older, device) : []),
    ...entrant.writes,
  ];
  return answer(
    input,
    entrant,
    device,
    secret,
    { type: "DeviceEnrolled", changes: creation(device) },
    writes,
    begins ? 201 : 202,
  );
}

/** What is said of a device once another one of its name has enrolled: the same computer, perhaps, with its system installed anew. */
const duplicate = (who: Author, chain: Chain, older: DeviceRecord, newer: DeviceRecord): Write[] => [
  ...suspectDuplicate(older, newer.id, newer.createdAt),
  logWrite(who, chain, {
    type: "DevicePossibleDuplicate",
    node: { id: older.id, level: null, name: older.name },
    changes: [{ path: "machineId", before: older.machineId, after: newer.machineId }],
  }),
];

/** An account for a computer that came with a key; null where somebody has to decide below which it is to stand. */
async function ownAccount({ body, context }: Input, { chain, plan }: Entrant) {
  const choice = await chooseAccount(context, chain, plan);
  return choice && accountForDevice(context, chain, body.name, choice);
}

/** A computer that is a device already: it gets a new token, and says anew what it is. */
function comeBack(input: Input, entrant: Entrant, before: DeviceRecord, pointer: DevicePointer): Change<Result> {
  const { body, context, now } = input;
  const at = new Date(now).toISOString();
  const device = {
    ...before,
    name: body.name,
    machineKind: body.kind,
    os: body.os,
    agentVersion: body.agentVersion ?? before.agentVersion,
    lastSeenAt: at,
    updatedAt: at,
    version: before.version + 1,
  };
  const secret = context.secret();
  // A known computer uses no key up, and a login that was right has no failures to its name.
  const writes = reenrolDevice(before, device, pointer, secret);
  return answer(
    input,
    entrant,
    device,
    secret,
    { type: "DeviceReenrolled", changes: difference(before, device) },
    writes,
    device.state === "pending" ? 202 : 200,
  );
}

export const handler = publicChange(contracts.enrol, enrol);
