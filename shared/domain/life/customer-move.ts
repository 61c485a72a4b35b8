import * as z from "zod";
import {
  type Chain,
  type CustomerRecord,
  deletedIn,
  effectivelyActive,
  licenceStanding,
  spaceStanding,
} from "../hierarchy/customer.ts";
import { checkDeviceRoom, knowsBranch, planDeviceMove } from "../hierarchy/device-pool.ts";
import { effectiveServer } from "../hierarchy/effective-server.ts";
import { offeredBy } from "../hierarchy/new-customer.ts";
import { planMove } from "../terms/allowance.ts";
import { DomainError, type ErrorCode, type FieldError, refuse } from "../terms/errors.ts";
import { CustomerId } from "../terms/ids.ts";
import { allowedUnder } from "../terms/levels.ts";
import { serviceTypeOf } from "../terms/service-types.ts";

export const CustomerMove = z
  .strictObject({ parentId: CustomerId.meta({ description: "The customer that it is to stand under" }) })
  .meta({ id: "CustomerMove" });

/** How many customers one request moves. */
export const movedAtOnce = 1000;
export const CustomerMoves = z
  .strictObject({
    ids: z.array(CustomerId).meta({
      description: "The customers to move, each once, of any levels that may stand under the new parent",
      minItems: 1,
      maxItems: movedAtOnce,
      uniqueItems: true,
    }),
    parentId: CustomerId.meta({ description: "The customer that they are to stand under" }),
  })
  .meta({ id: "CustomerMoves" });

/** @throws DomainError invalid_ids of a list that is empty, too long, or names something twice. `what` is named in the refusal */
export function checkIds(ids: readonly string[], what = "customer"): void {
  if (ids.length === 0) throw refuse("invalid_ids", "ids", `Name at least one ${what}.`);
  if (ids.length > movedAtOnce)
    throw refuse("invalid_ids", "ids", `Name at most ${movedAtOnce} ${what}s; ${ids.length} are named.`);
  const twice = ids.findIndex((id, index) => ids.indexOf(id) < index);
  if (twice >= 0) throw refuse("invalid_ids", `ids.${twice}`, `${ids[twice]} is named twice.`);
}

/** A move that is asked for: both chains as they were read, nearest first, and who has the customer's reference at the new parent. */
export interface Move {
  chain: Chain;
  to: Chain;
  refTakenBy: string | null;
}

/** The levels of one chain that the other does not have. */
export const onlyIn = (chain: readonly CustomerRecord[], other: readonly CustomerRecord[]): CustomerRecord[] =>
  chain.filter(({ id }) => !other.some((one) => one.id === id));

/** The levels that lose sight of the customer, and those that gain it, nearest first. */
export const sightOf = ({ chain: [, ...from], to }: Pick<Move, "chain" | "to">) => ({
  loses: onlyIn(from, to),
  gains: onlyIn(to, from),
});

/** A finding as a list, for putting several together. */
export const say = (code: ErrorCode, path: string, message: string): FieldError[] => [{ code, path, message }];

/** What a rule has to say: the complaint that it throws. */
export function complaintOf(rule: () => unknown, path: string): FieldError[] {
  const refusal = refusalOf(rule);
  if (!refusal) return [];
  const [{ message } = { message: refusal.message }] = refusal.errors;
  return say(refusal.code, path, message);
}

/** Whether the customer stands where a customer of its level may stand. */
function misplaced({ chain: [record, parent], to }: Move): FieldError[] {
  const [target] = to;
  if (!parent) return say("level_not_allowed", "", "The provider stands under nobody.");
  if (record.isDefault) return say("default_customer", "", "The Default Customer stays with its reseller.");
  if (to.some(({ id }) => id === record.id))
    return say("move_below_itself", "parentId", `${target.name} is the customer itself, or stands below it.`);
  if (!allowedUnder(target.level).includes(record.level))
    return say("level_not_allowed", "parentId", `A ${record.level} cannot stand under a ${target.level}.`);
  return [];
}

function notReady({ chain: [record], to }: Move): FieldError[] {
  if (deletedIn(to)) return say("customer_deleted", "parentId", `${to[0].name}, or a level above it, is deleted.`);
  const isMoving = [record, ...to].some(({ moveId }) => moveId !== null);
  return [
    ...(effectivelyActive(to)
      ? []
      : say("target_inactive", "parentId", `${to[0].name}, or a level above it, is deactivated; activate it first.`)),
    ...(isMoving
      ? say(
          "move_running",
          "",
          "Accounts of the customer, or of a level at the target, are being moved; try again later.",
        )
      : []),
  ];
}

/** The service types that the customer uses, or provides, and that the new levels above do not provide. */
function notProvided({ chain, to }: Move): FieldError[] {
  const [record] = chain;
  if (record.level === "site")
    return serviceTypeOf(chain) === to[0].serviceType
      ? []
      : say(
          "service_type_not_allowed",
          "parentId",
          `A site has the service type of its end-customer; ${to[0].name} is ${to[0].serviceType}.`,
        );
  const { set } = offeredBy(to);
  return [...new Set([record.serviceType, ...record.servicesToProvide])]
    .filter((type) => !set.includes(type))
    .flatMap((type) => say("service_type_not_allowed", "parentId", `${type} is not provided there.`));
}

/** What the new levels above have no room for. Nothing is raised by a move. */
function noRoom(move: Move): FieldError[] {
  const { chain, to } = move;
  const [record, parent, ...above] = chain;
  if (!parent) return [];
  const from: Chain = [parent, ...above];
  const full = onlyIn(to, from).find(
    ({ spaceLimit, usedBytes }) => spaceLimit !== null && usedBytes + record.usedBytes > spaceLimit,
  );
  return [
    ...complaintOf(() => planMove(spaceStanding(record), from.map(spaceStanding), to.map(spaceStanding)), "space"),
    ...(full
      ? say(
          "space_exceeded",
          "space",
          `${full.name} may use ${full.spaceLimit} bytes and uses ${full.usedBytes}; ${record.usedBytes} more do not fit.`,
        )
      : []),
    ...complaintOf(
      () => planMove(licenceStanding(record), from.map(licenceStanding), to.map(licenceStanding)),
      "licences",
    ),
    ...complaintOf(() => {
      const { line, plan } = planDeviceMove(counted(record), from, to);
      checkDeviceRoom(plan, line);
    }, "deviceLimit"),
  ];
}

/** A record as it stands once the devices of its branch have been counted. */
export const counted = (record: CustomerRecord): CustomerRecord =>
  knowsBranch(record) ? record : { ...record, deviceDrawn: record.deviceCount };

function taken({ chain: [record], refTakenBy }: Move): FieldError[] {
  if (refTakenBy === null || refTakenBy === record.id) return [];
  return say("external_ref_taken", "externalRef", `The reference "${record.externalRef}" is taken there.`);
}

/**
 * Refuses a move that is not possible, with all that stands against it at once.
 * @throws DomainError move_refused
 */
export function checkMove(move: Move): void {
  const wrong = misplaced(move);
  const findings = [
    ...wrong,
    ...notReady(move),
    ...(wrong.length > 0 ? [] : [...notProvided(move), ...noRoom(move)]),
    ...taken(move),
  ];
  if (findings.length > 0)
    throw new DomainError("move_refused", "The customer cannot be moved there; `errors` says why.", findings);
}

/** What a rule refuses; null where it lets pass. */
export function refusalOf(rule: () => unknown): DomainError | null {
  try {
    rule();
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/**
 * Refuses several moves at once, as long as one of them is not possible: what is out of sight comes before all else.
 * @param refusals of each, in their order
 * @throws DomainError not_found | move_refused, with every complaint at its row
 */
export function refuseAll(refusals: readonly (DomainError | null)[], what = "customer"): void {
  const found = refusals.flatMap((refusal, index) => (refusal ? [{ refusal, index }] : []));
  if (found.length === 0) return;
  const errors = found.flatMap(({ refusal: { code, message, errors: own }, index }): FieldError[] =>
    own.length === 0
      ? [{ code, path: `ids.${index}`, message }]
      : own.map(({ path, ...rest }) => ({
          code,
          ...rest,
          path: path === "" ? `ids.${index}` : `ids.${index}.${path}`,
        })),
  );
  if (found.some(({ refusal: { code } }) => code === "not_found"))
    throw new DomainError("not_found", `No such ${what}; \`errors\` says which.`, errors);
  throw new DomainError("move_refused", `Not all of the ${what}s can be moved there; \`errors\` says why.`, errors);
}

/**
 * The storage server that devices below a customer store on by a choice of the levels that it leaves: it becomes the customer's own choice.
 * null: nothing has to be kept.
 */
export function keptServer({ chain, to }: Pick<Move, "chain" | "to">): { id: string; customerId: string } | null {
  const server = effectiveServer(chain);
  if (server === null || chain[0].storageServer !== null) return null;
  const after = effectiveServer([chain[0], ...to]);
  return after?.id === server.id ? null : { id: server.id, customerId: server.customerId };
}

/** Whether a customer stands where it is to be moved to. */
export const standsThere = ({ chain: [before], to: [target] }: Move): boolean => before.parentId === target.id;

/** The customers between which moves take place: all that the moved ones stand under before or afterwards, but for what stands above both sides. */
export const aroundOf = (moves: readonly Move[]): string[] => [
  ...new Set(
    moves.flatMap((move) => {
      const { loses, gains } = sightOf(move);
      return [...loses, ...gains].map(({ id }) => id);
    }),
  ),
];

/** A task that moves customers, and has not ended. */
interface MovingTask {
  id: string;
  payload: { ids: readonly string[]; around: readonly string[] };
}

/**
 * Refuses a move that overlaps with one that is under way: of the same customers, of one that they stand under, or of one that stands around them.
 * @throws DomainError move_running, which names the task
 */
export function refuseOverlap(open: readonly MovingTask[], moves: readonly Move[]): void {
  const moved = new Set(moves.map(({ chain: [{ id }] }) => id));
  const lines = new Set(moves.flatMap(({ chain }) => chain.map(({ id }) => id)));
  const task = open.find(
    ({ payload: { ids, around } }) => ids.some((id) => lines.has(id)) || around.some((id) => moved.has(id)),
  );
  if (!task) return;
  const message = `The task ${task.id} moves the same customers, or some above or below them; wait until it has ended.`;
  throw new DomainError("move_running", message, [{ code: "move_running", path: "", message }]);
}

/**
 * Refuses to move accounts or devices of customers between which a task that has not ended moves some already.
 * @param around the customers from and to which they are moved
 * @throws DomainError move_running, which names the task
 */
export function refuseBeside(open: readonly MovingTask[], ids: readonly string[], around: readonly string[]): void {
  const mine = new Set([...ids, ...around]);
  const task = open.find(({ payload }) => [...payload.ids, ...payload.around].some((id) => mine.has(id)));
  if (!task) return;
  const message = `The task ${task.id} moves accounts or devices from or to the same customers; wait until it has ended.`;
  throw new DomainError("move_running", message, [{ code: "move_running", path: "", message }]);
}
