import type { LogEntry } from "./logged-entry.ts";

type Changes = LogEntry["changes"];
type Fields = Record<string, unknown>;

/** Attributes that say nothing to a reader of the log. */
const silent = new Set([
  "version",
  "updatedAt",
  "ancestors",
  "settings",
  "trialNoticeAt",
  "trialDeleteAt",
  "trialEndedAt",
  // Follow from the storage location and the service type.
  "vault",
  "vaultStatus",
  "vaultOrderedAt",
  "vaultReadyAt",
  "vaultAttempts",
  "vaultProblem",
  "formerVaults",
  "locationDecision",
  "vaultDiffers",
  "chosenBy",
  "replicationTargetOf",
  "openMigrations",
  // Follow from what a device reports.
  "attention",
  "lastSeenAt",
  "usageMeasuredAt",
  "usageHeardAt",
  // What is needed to restore what was deleted.
  "deletedFrom",
]);
/** What every new record has, what its entry says beside the changes, and what stands above it, which the reader may not know. */
const ofEveryRecord = new Set([
  "parentId",
  "createdBy",
  "id",
  "kind",
  "name",
  "username",
  "level",
  "createdAt",
  "dataDeviceId",
  "setCount",
]);

/** Attributes that the API shows under another name. */
const shownAs: Record<string, string> = {
  spaceLimit: "space.limitBytes",
  softLimitBytes: "space.softLimitBytes",
  licenceLimit: "licences.limit",
  trialEndsAt: "trial.endsAt",
  expiresOn: "expiresAt",
  machineKind: "kind",
};

const isSilent = (name: string): boolean => silent.has(name) || isSecret(name);
/** Whether a value says that there is nothing. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === 0 ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0);

/** Fields that differ between two states of a record, by the names that the API gives them. */
export const difference = (before: Fields, after: Fields): Changes =>
  Object.keys({ ...before, ...after })
    .filter((name) => !isSilent(name) && JSON.stringify(before[name] ?? null) !== JSON.stringify(after[name] ?? null))
    .map((name) => ({ path: shownAs[name] ?? name, before: before[name] ?? null, after: after[name] ?? null }));

/** The same of some fields alone. */
export const differenceIn = <Name extends string>(
  names: readonly Name[],
  before: Readonly<Partial<Record<Name, unknown>>>,
  after: Readonly<Partial<Record<Name, unknown>>>,
): Changes => {
  const only = (record: Readonly<Partial<Record<Name, unknown>>>): Fields =>
    Object.fromEntries(names.map((name) => [name, record[name]]));
  return difference(only(before), only(after));
};

/** What a new record begins with; what is as if it were not there is left out. */
export const creation = (record: Fields): Changes =>
  difference(
    {},
    Object.fromEntries(Object.entries(record).filter(([name, value]) => !ofEveryRecord.has(name) && !isNothing(value))),
  );

/** What a record that is gone has held. */
export const removal = (record: Fields): Changes =>
  creation(record).map(({ path, after }) => ({ path, before: after, after: null }));

/** Fields whose values are secrets, or would help to guess one. That a password must be changed is none. */
const secretName = /hash|secret|token|password|passphrase|totp|recoverycode|sealed/i;
export const isSecret = (name: string): boolean => name !== "mustChangePassword" && secretName.test(name);

const valueLength = 256;
const cutMark = "…";
const cut = (text: string): string => (text.length <= valueLength ? text : text.slice(0, valueLength) + cutMark);

/** A value as the log keeps it: without secrets, and cut where it is long. */
function kept(value: unknown): unknown {
  if (typeof value === "string") return cut(value);
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value, (name, inner: unknown) => (isSecret(name) ? undefined : inner));
  return text.length <= valueLength ? (JSON.parse(text) as unknown) : cut(text);
}

/** Changes as the log keeps them: no secret is among them, whatever an operation tells, and no value is longer than 256 characters. */
export const keptChanges = (changes: Changes): Changes =>
  changes
    .filter(({ path }) => !isSecret(path))
    .map(({ path, before, after }) => ({ path, before: kept(before), after: kept(after) }));
