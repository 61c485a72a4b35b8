import { createHash } from "node:crypto";
import { normaliseAddress } from "../../domain/terms/addresses.ts";
import type { AttentionCode } from "../../domain/devices/attention.ts";
import type { DeviceState } from "../../domain/devices/device.ts";
import type { JobType } from "../../domain/devices/job-result.ts";
import { normaliseLogin } from "../../domain/access/login.ts";
import type { SearchField, SearchKind } from "../../domain/search/words.ts";
import { baseLetters, normaliseName } from "../../domain/terms/names.ts";
import type { LocationCode } from "../../domain/terms/locations.ts";
import { type Level, levels } from "../../domain/terms/levels.ts";
import { type ServiceType, serviceTypes } from "../../domain/terms/service-types.ts";

/** A key of the table. This file is the only place that knows how pk and sk are made. */
export interface Key {
  pk: string;
  sk: string;
}

const self = "@";
const maxShards = 8;

/** A stable small hash (FNV-1a), to spread timers over shards. */
const shardOf = (id: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  return hash % maxShards;
};

export const customerKey = (id: string): Key => ({ pk: id, sk: self });
export const nameKey = (name: string): Key => ({ pk: `NAME#${normaliseName(name)}`, sk: self });
/** An external reference is unique among the children of one parent. */
export const refKey = (parentId: string, ref: string): Key => ({ pk: `REF#${parentId}#${ref}`, sk: self });
/** That of an account is unique among the parent accounts of one customer, or the sub-accounts of one parent account. */
export const accountRefKey = (parentId: string, ref: string): Key => ({
  pk: `ACCOUNT-REF#${parentId}#${ref}`,
  sk: self,
});
/** That of a device is unique in its account. */
export const deviceRefKey = (accountId: string, ref: string): Key => ({
  pk: `DEVICE-REF#${accountId}#${ref}`,
  sk: self,
});
export const apiKeyKey = (id: string): Key => ({ pk: `KEY#${id}`, sk: self });
/** The customer's list of its API keys. */
export const apiKeyLinkKey = (customerId: string, id: string): Key => ({
  pk: customerId,
  sk: `${apiKeyLinkPrefix}${id}`,
});
export const apiKeyLinkPrefix = "key#";
/** When a customer's reactivation was asked for last. */
export const reactivationKey = (customerId: string): Key => ({ pk: `REACTIVATION#${customerId}`, sk: self });
/** A user, its sessions, and what leads to it from its customer's list. Sessions of accounts stand in partitions of the same kind. */
export const userKey = (id: string): Key => ({ pk: userPartition(id), sk: self });
export const userPartition = (id: string): string => `USER#${id}`;
export const userLinkPrefix = "user#";
export const userLinkKey = (customerId: string, id: string): Key => ({ pk: customerId, sk: userLinkPrefix + id });
/** What is written in place of a user that there is not. */
export const decoyKey = (hash: string): Key => ({ pk: `DECOY#${hash}`, sk: self });
export const sessionPrefix = "session#";
export const sessionKey = (ownerId: string, id: string): Key => ({
  pk: userPartition(ownerId),
  sk: sessionPrefix + id,
});
/** A client that has logged in as a user, or as an account, before. */
export const knownClientKey = (ownerId: string, secretHash: string): Key => ({
  pk: userPartition(ownerId),
  sk: `known-client#${secretHash}`,
});
/** A challenge that waits for a passkey's answer. */
export const challengeKey = (hash: string): Key => ({ pk: `CHALLENGE#${hash}`, sk: self });
/** Taken once, by the only provider that this installation will ever have. */
export const providerKey: Key = { pk: "PROVIDER", sk: self };
/** Where an account, a contact or a service lives now. */
export const pointerKey = (id: string): Key => ({ pk: pointerBegin + id, sk: self });
const pointerBegin = "ID#";
/** The id of what a pointer's partition is about: timers of what has a pointer stand there. */
export const idOfPointer = (pk: string): string => pk.slice(pointerBegin.length);

export const accountPrefix = "account#/";
export const accountKey = (customerId: string, id: string): Key => ({ pk: customerId, sk: accountPrefix + id });
/** Taken by the one parent account that a customer has for a plan. */
export const planGuardPrefix = "plan-account#";
export const planGuardKey = (customerId: string, plan: string): Key => ({
  pk: customerId,
  sk: planGuardPrefix + plan,
});
/** A login name is unique in the installation. */
export const loginKey = (username: string): Key => ({ pk: `LOGIN#${normaliseLogin(username)}`, sk: self });

export const contactPrefix = "contact#";
export const contactKey = (customerId: string, id: string): Key => ({ pk: customerId, sk: contactPrefix + id });
/** The accounts that use a contact. */
export const contactUsePrefix = (contactId: string): string => `use#${contactId}#`;
export const contactUseKey = (customerId: string, contactId: string, accountId: string): Key => ({
  pk: customerId,
  sk: contactUsePrefix(contactId) + accountId,
});
/** What is known of a mail address, whoever uses it. */
export const addressKey = (address: string): Key => ({ pk: `ADDRESS#${normaliseAddress(address)}`, sk: self });

/** Billing-only services that a customer has, and those that have ended. */
export const servicePrefix = { current: "service#", ended: "ended-service#" } as const;
export const serviceKey = (customerId: string, id: string, ended: boolean): Key => ({
  pk: customerId,
  sk: servicePrefix[ended ? "ended" : "current"] + id,
});

/** Devices by account; one that waits for approval and has no account yet stands under `-`. */
export const devicePrefix = (accountId?: string | null): string =>
  accountId === undefined ? "device#/" : `device#/${accountId ?? "-"}/`;
export const deviceKey = (customerId: string, accountId: string | null, id: string): Key => ({
  pk: customerId,
  sk: devicePrefix(accountId) + id,
});
/** A computer is one device of its customer. */
export const machineKey = (customerId: string, machineId: string): Key => ({
  pk: customerId,
  sk: `machine#${machineId}`,
});
/** The views of a customer's devices beside the whole: by state, and those that need attention. */
export type DeviceView = { by: "state"; state: DeviceState } | { by: "attention" };
export const deviceViewPrefix = (view: DeviceView, accountId?: string | null): string =>
  `${view.by === "state" ? `device-state#${view.state}` : "device-attention"}#/${accountId === undefined ? "" : `${accountId ?? "-"}/`}`;
export const deviceViewKey = (customerId: string, view: DeviceView, accountId: string | null, id: string): Key => ({
  pk: customerId,
  sk: deviceViewPrefix(view, accountId) + id,
});
/** The devices of a customer that need attention for one reason, those that have needed it longest first. */
export const deviceReasonPrefix = (code: AttentionCode): string => `device-reason#${code}#`;
export const deviceReasonKey = (customerId: string, code: AttentionCode, since: string, id: string): Key => ({
  pk: customerId,
  sk: `${deviceReasonPrefix(code)}${since}#${id}`,
});
/** The devices of a customer whose computers have one name, in the order of their creation. A name may be longer than a key, so its hash stands for it. */
export const namesakePrefix = (name: string): string =>
  `device-name#${createHash("sha256").update(normaliseName(name)).digest("base64url").slice(0, 22)}#`;
export const namesakeKey = (customerId: string, name: string, accountId: string | null, id: string): Key => ({
  pk: customerId,
  sk: `${namesakePrefix(name)}${id}/${accountId ?? "-"}`,
});
export const setPrefix = (accountId: string, deviceId: string): string => `set#/${accountId}/${deviceId}/`;
/** The sets of all devices of a customer, or of one account. */
export const setsPrefix = (accountId?: string): string => (accountId === undefined ? "set#/" : `set#/${accountId}/`);
export const setKey = (customerId: string, accountId: string, deviceId: string, id: string): Key => ({
  pk: customerId,
  sk: setPrefix(accountId, deviceId) + id,
});
/** The usage ledger of a customer, which outlives it: the records of a day in their order. */
export const ledgerPartition = (customerId: string): string => `LEDGER#${customerId}`;
export const ledgerKey = (customerId: string, day: string, sequence: number): Key => ({
  pk: ledgerPartition(customerId),
  sk: `${day}#${String(sequence).padStart(4, "0")}`,
});
/** The customers of which a seller's customer, or one below it, had a day in a month: what an invoice to it is made from. */
export const soldPartition = (payerId: string, month: string): string => `SOLD#${payerId}#${month}`;
export const soldKey = (payerId: string, month: string, customerId: string): Key => ({
  pk: soldPartition(payerId, month),
  sk: customerId,
});

/** The books of a seller, which outlive it: what it says of itself, its price plans, whom it invoices, its numbers, and the runs that were asked for. */
export const booksPartition = (issuerId: string): string => `BOOKS#${issuerId}`;
export const issuerKey = (issuerId: string): Key => ({ pk: booksPartition(issuerId), sk: self });
export const pricePlanPrefix = "price-plan#";
export const pricePlanKey = (sellerId: string, id: string): Key => ({
  pk: booksPartition(sellerId),
  sk: pricePlanPrefix + id,
});
export const payerPrefix = "payer#";
export const payerKey = (issuerId: string, payerId: string): Key => ({
  pk: booksPartition(issuerId),
  sk: payerPrefix + payerId,
});
export const invoiceNumbersKey = (issuerId: string, prefix: string): Key => ({
  pk: booksPartition(issuerId),
  sk: `numbers#${prefix}`,
});
export const invoiceRunKey = (issuerId: string, month: string): Key => ({
  pk: booksPartition(issuerId),
  sk: `run#${month}`,
});
/** What is to be done for a seller and one that it invoices: the timer of the next month, months to draft, documents to make. */
const billingBegin = "BILLING#";
export const billingPartition = (issuerId: string, payerId: string): string => `${billingBegin}${issuerId}#${payerId}`;
export const partiesOf = (pk: string): { issuerId: string; payerId: string } => {
  const [issuerId = "", payerId = ""] = pk.slice(billingBegin.length).split("#");
  return { issuerId, payerId };
};
export const draftOrderKey = (issuerId: string, payerId: string, month: string): Key => ({
  pk: billingPartition(issuerId, payerId),
  sk: `draft#${month}`,
});
export const deliverOrderKey = (issuerId: string, payerId: string, invoiceId: string): Key => ({
  pk: billingPartition(issuerId, payerId),
  sk: `deliver#${invoiceId}`,
});
/** The invoices that a seller makes for a month. One that is made void has its credit note behind it, and may have another invoice after it. */
export const invoicesPartition = (issuerId: string, month: string): string => `INVOICES#${issuerId}#${month}`;
export const invoicesOf = (payerId: string): string => `${payerPrefix}${payerId}#`;
export const invoicePlace = (payerId: string, nth: number, isCredit: boolean): string =>
  `${invoicesOf(payerId)}${String(nth).padStart(3, "0")}${isCredit ? "#credit" : ""}`;
export const invoiceKey = (issuerId: string, month: string, place: string): Key => ({
  pk: invoicesPartition(issuerId, month),
  sk: place,
});
/** The invoices that a customer has got, by month. */
export const receivedPartition = (payerId: string): string => `RECEIVED#${payerId}`;
export const receivedKey = (payerId: string, month: string, id: string): Key => ({
  pk: receivedPartition(payerId),
  sk: `${month}#${id}`,
});
/** Lines of invoices, by what they say: the same lines are the same item. */
export const invoiceLinesKey = (issuerId: string, payerId: string, month: string, hash: string): Key => ({
  pk: `INVOICE-LINES#${issuerId}#${payerId}#${month}`,
  sk: hash,
});
/** An invoice as it was sent. */
export const invoiceFilePartition = (id: string): string => `INVOICE-FILE#${id}`;
export const invoiceFileKey = (id: string, nth: number): Key => ({
  pk: invoiceFilePartition(id),
  sk: String(nth).padStart(3, "0"),
});

/** Results of jobs, of a backup set or a device, by type and time. */
export const jobsPartition = (ownerId: string): string => `JOBS#${ownerId}`;
export const jobPrefix = (type: JobType): string => `${type}#`;
export const jobKey = (ownerId: string, type: JobType, startedAt: string, jobId: string): Key => ({
  pk: jobsPartition(ownerId),
  sk: `${jobPrefix(type)}${startedAt}#${jobId}`,
});
/** A job is reported once, whatever times are told of it. */
export const jobGuardKey = (deviceId: string, jobId: string): Key => ({
  pk: jobsPartition(deviceId),
  sk: `id#${jobId}`,
});
/** An enrolment key, and its place in its customer's list. */
export const enrolmentKeyPrefix = "enrolment-key#";
export const enrolmentKeyKey = (id: string): Key => ({ pk: `KEY#${id}`, sk: self });
export const enrolmentKeyLinkKey = (customerId: string, id: string): Key => ({
  pk: customerId,
  sk: enrolmentKeyPrefix + id,
});
/** What says of a customer that accounts are on their way to it, or from it. */
export const transitKey = (customerId: string): Key => ({ pk: customerId, sk: "transit" });
/** The Default Customer of a reseller. */
export const defaultCustomerKey = (resellerId: string): Key => ({ pk: resellerId, sk: "default-customer" });
/** How far the usage of a customer's devices has been added up. */
export const rollUpKey = (customerId: string): Key => ({ pk: customerId, sk: "roll-up" });
/** What a recount puts into the stream, to learn that everything before it has been added up. */
export const probeKey = (customerId: string): Key => ({ pk: customerId, sk: "probe" });
/**
 * A deletion, and its place in the reports of the customers above it, in the order in which they were made. Reports have partitions of
 * their own: they grow for as long as there are customers.
 */
export const deletionKey = (id: string): Key => ({ pk: `DELETION#${id}`, sk: self });
export const deletionsPartition = (customerId: string): string => `DELETIONS#${customerId}`;
export const deletionLinkKey = (customerId: string, id: string): Key => ({
  pk: deletionsPartition(customerId),
  sk: id,
});
/** What is left of something that was purged, for invoices, at the customer that it stood under. */
export const tombstonesPartition = (customerId: string): string => `TOMBSTONES#${customerId}`;
export const tombstoneKey = (customerId: string, purgedAt: string, id: string): Key => ({
  pk: tombstonesPartition(customerId),
  sk: `${purgedAt}#${id}`,
});
/** An order to remove data from the storage, by the customer or device whose they are, and the location where they lie. */
export const vaultOrderKey = (id: string, location: LocationCode): Key => ({ pk: `VAULT#${id}#${location}`, sk: self });
/** A device that has left a customer and whose data lie in that one's vault all the same. */
export const keptDataKey = (customerId: string, deviceId: string): Key => ({ pk: `KEPT#${customerId}`, sk: deviceId });
/** Under a customer: that a device may read and write the data that lie under the id of another one. */
export const lentPrefix = (dataDeviceId = ""): string => (dataDeviceId === "" ? "lent#" : `lent#${dataDeviceId}#`);
export const lentKey = (customerId: string, dataDeviceId: string, borrowerId: string): Key => ({
  pk: customerId,
  sk: lentPrefix(dataDeviceId) + borrowerId,
});
/** How many devices of a customer have data in a location that is in the vault of another customer. */
export const foreignDataPrefix = "foreign-data#";
export const foreignDataKey = (customerId: string, location: LocationCode): Key => ({
  pk: customerId,
  sk: foreignDataPrefix + location,
});
/** The storage servers of a customer. */
export const storageServerPrefix = "server#";
export const storageServerKey = (customerId: string, id: string): Key => ({
  pk: customerId,
  sk: storageServerPrefix + id,
});
/** The seed migrations of a customer's data. */
export const seedMigrationPrefix = "seed-migration#";
export const seedMigrationKey = (customerId: string, id: string): Key => ({
  pk: customerId,
  sk: seedMigrationPrefix + id,
});
/** What the last check of a customer's vault found. */
export const residencyKey = (customerId: string): Key => ({ pk: customerId, sk: "residency" });
/** The secret that ids of leave to back up are proved by. */
export const grantSecretKey: Key = { pk: "GRANT-SECRET", sk: self };
/** Customers that a credential has deleted in one hour (counted from the epoch). */
export const deletionRateKey = (principal: string, hour: number): Key => ({
  pk: `RATE#deletion#${principal}`,
  sk: String(hour),
});
/** The totals of a child as its parent last took them in. */
export const totalsPrefix = "totals#";
/** The children of a customer in whose branches devices need attention, with their counts: there is none of a branch that is well. */
export const watchPrefix = "watch#";
export const watchKey = (parentId: string, childId: string): Key => ({ pk: parentId, sk: watchPrefix + childId });
/** The report subscriptions of a customer. */
export const subscriptionPrefix = "subscription#";
export const subscriptionKey = (customerId: string, id: string): Key => ({
  pk: customerId,
  sk: subscriptionPrefix + id,
});
/** The reports of a subscription, each by the end of its period. */
export const runsPartition = (subscriptionId: string): string => `REPORTS#${subscriptionId}`;
export const runKey = (subscriptionId: string, to: string): Key => ({ pk: runsPartition(subscriptionId), sk: to });
/** What one report said, in as many parts as its size takes. */
export const reportContentPartition = (id: string): string => `REPORT#${id}`;
export const reportContentKey = (id: string, part: number): Key => ({
  pk: reportContentPartition(id),
  sk: String(part).padStart(3, "0"),
});
/** Mails about limits that a customer got at once on a day; alerts that wait for its digest; and how far digests have gone. */
export const alertSentPrefix = (day: string): string => `alert-sent#${day}#`;
export const alertSentKey = (customerId: string, day: string, id: string): Key => ({
  pk: customerId,
  sk: alertSentPrefix(day) + id,
});
export const alertPendingPrefix = "alert-pending#";
export const alertPendingKey = (customerId: string, at: string, id: string): Key => ({
  pk: customerId,
  sk: `${alertPendingPrefix}${at}#${id}`,
});
export const alertDigestKey = (customerId: string): Key => ({ pk: customerId, sk: "alert-digest" });
/** Moves that a seller is to hear of with the next mail, and how far the last one went. */
export const moveNewsPrefix = "move-news#";
export const moveNewsKey = (customerId: string, at: string, id: string): Key => ({
  pk: customerId,
  sk: `${moveNewsPrefix}${at}#${id}`,
});
/** A move that has been noted for a seller. */
export const moveNotedKey = (customerId: string, id: string): Key => ({ pk: customerId, sk: `move-noted#${id}` });
export const moveNoticeKey = (customerId: string): Key => ({ pk: customerId, sk: "move-notice" });
/** What somebody was told last about the limits of a customer or an account. */
export const toldKey = (customerId: string, nodeId: string): Key => ({ pk: customerId, sk: `told#${nodeId}` });
export const totalsKey = (parentId: string, childId: string): Key => ({ pk: parentId, sk: totalsPrefix + childId });

/** The tasks of a customer, and those of them that have not ended. */
export const taskPrefix = "task#";
export const taskKey = (customerId: string, id: string): Key => ({ pk: customerId, sk: taskPrefix + id });
export const openTaskPrefix = "open-task#";
export const openTaskKey = (customerId: string, id: string): Key => ({ pk: customerId, sk: openTaskPrefix + id });
/** What a task works at, and what became of each of its rows. */
export const taskPartition = (id: string): string => `TASK#${id}`;
export const taskPayloadKey = (id: string): Key => ({ pk: taskPartition(id), sk: "payload" });
export const taskRowPrefix = "row#";
export const taskRowKey = (id: string, index: number): Key => ({
  pk: taskPartition(id),
  sk: taskRowPrefix + String(index).padStart(5, "0"),
});

/** An import, and what became of its rows; the pieces of its file, and those of its rows, each in a partition of its own. */
const importPartition = (id: string): string => `IMPORT#${id}`;
export const importKey = (id: string): Key => ({ pk: importPartition(id), sk: self });
export const importPieceKey = (id: string, part: number, nth: number): Key => ({
  pk: `IMPORT-FILE#${id}#${part}#${nth}`,
  sk: self,
});
export const importPageKey = (id: string, nth: number): Key => ({ pk: `IMPORT-ROWS#${id}#${nth}`, sk: self });
const importNotePrefix = "done#";
const importRow = (index: number): string => importNotePrefix + String(index).padStart(6, "0");
/** What became of rows that are one transaction, by the first of them; or of a row by itself. */
export const importNoteKey = (id: string, index: number, alone: boolean): Key => ({
  pk: importPartition(id),
  sk: `${importRow(index)}#${alone ? "row" : "all"}`,
});
/** The notes of an import from a row on. */
export const importNotesFrom = (id: string, index: number): { pk: string; prefix: string; after: string } => ({
  pk: importPartition(id),
  prefix: importNotePrefix,
  after: importRow(index),
});

/** Where a task's rows were before, for undoing it. */
export const undoPrefix = "undo#";
export const undoKey = (taskId: string, about: string): Key => ({
  pk: taskPartition(taskId),
  sk: undoPrefix + about,
});

/** The event handlers of a customer. */
export const eventHandlerPrefix = "handler#";
export const eventHandlerKey = (customerId: string, id: string): Key => ({
  pk: customerId,
  sk: eventHandlerPrefix + id,
});

/** The events of a customer's branch in the order in which they were filed, numbered; the last number; and which events have one. */
export const eventsPartition = (customerId: string): string => `EVENTS#${customerId}`;
export const eventPlace = (number: number): string => String(number).padStart(15, "0");
export const eventPlaceKey = (customerId: string, number: number): Key => ({
  pk: eventsPartition(customerId),
  sk: eventPlace(number),
});
export const eventCountKey = (customerId: string): Key => ({ pk: eventsPartition(customerId), sk: self });
export const eventGuardKey = (customerId: string, eventId: string): Key => ({
  pk: eventsPartition(customerId),
  sk: `id#${eventId}`,
});

/** What is delivered to an event handler: the deliveries, by their ids, which sort by time; how many there were about each node; and the lane. */
export const deliveriesPartition = (handlerId: string): string => `DELIVERIES#${handlerId}`;
export const deliveryPrefix = "dlv_";
export const deliveryKey = (handlerId: string, id: string): Key => ({ pk: deliveriesPartition(handlerId), sk: id });
export const deliverySequenceKey = (handlerId: string, nodeId: string): Key => ({
  pk: deliveriesPartition(handlerId),
  sk: `sequence#${nodeId}`,
});
/** The lane of an event handler: who delivers to it at the moment, and when somebody is to look again. */
export const eventLaneKey = (handlerId: string): Key => ({ pk: deliveriesPartition(handlerId), sk: self });
/** Deliveries that have not been made, those first that are due first, and of those the earlier events of a node. */
export const pendingPartition = (handlerId: string): string => `PENDING#${handlerId}`;
export const pendingKey = (handlerId: string, at: string, sequence: number, id: string): Key => ({
  pk: pendingPartition(handlerId),
  sk: `${at}#${String(sequence).padStart(12, "0")}#${id}`,
});

/** All service plans of the installation stand together: there are few, and they are read at once. */
export const plansPartition = "PLANS";
export const planCountKey: Key = { pk: "PLAN-COUNT", sk: self };
export const planKey = (code: string): Key => ({ pk: plansPartition, sk: code });

export const mailKey = (id: string): Key => ({ pk: `MAIL#${id}`, sk: self });
/** Mails sent in one second (counted from the epoch). */
export const sendRateKey = (second: number): Key => ({ pk: "RATE#mail", sk: String(second) });
export type AttemptKind = "login" | "login-from" | "code" | "challenge" | "enrolment" | "source";
/** Failed attempts to prove who one is, by the name that was tried. */
export const attemptsKey = (kind: AttemptKind, name: string): Key => ({ pk: `RATE#${kind}#${name}`, sk: self });

export const idempotencyKey = (principal: string, key: string): Key => ({ pk: `IDEM#${principal}#${key}`, sk: self });
/** The counter of a credential's requests in one minute (`minute` counts from the epoch). */
export const rateKey = (principal: string, minute: number): Key => ({ pk: `RATE#${principal}`, sk: String(minute) });

/** The part of the log that a customer, or a credential that has done something, holds for a month; `ulid` orders by time. */
export const logKey = (holder: string, month: string, ulid: string): Key => ({
  pk: logPartition(holder, month),
  sk: ulid,
});
export const logPartition = (holder: string, month: string): string => `LOG#${holder}#${month}`;

/**
 * The words by which things of a branch are found, a partition for each customer and kind of thing. An entry stands at the word as it is looked up,
 * then at what the word is of the thing, and its id: entries of all kinds have one order.
 */
export const findPartition = (customerId: string, kind: SearchKind): string => `FIND#${customerId}#${kind}`;
/** Where a word of a thing stands among the entries of a partition. */
export const findPlace = (word: string, field: SearchField, id: string): string => `${word}${nameEnd}${field}#${id}`;
/** What has been filed of a thing, and where. */
export const filedKey = (id: string): Key => ({ pk: `FILED#${id}`, sk: self });
/** Things that are to be filed anew, all of those that one change is about. */
export const refilingKey = (scan: string, id: string, once: string | null): Key => ({
  pk: `REFILE#${scan}#${id}${once === null ? "" : `#${once}`}`,
  sk: self,
});

/** What credentials of a customer have tried in a month, by the minute. */
export const accessPartition = (customerId: string, month: string): string => `ACCESS#${customerId}#${month}`;
/** Stands for the customer of those whom nobody knows. */
export const nobodysAccess = "nobody";
/** @param minute ISO 8601 */
export const accessKey = (customerId: string, minute: string, about: string): Key => ({
  pk: accessPartition(customerId, minute.slice(0, 7)),
  sk: `${minute}#${about}`,
});

/** The item whose partition a timer stands in. */
export const timerOwner = (ownerPk: string): Key => ({ pk: ownerPk, sk: self });

/** Kinds of timers; each kind is swept on its own. */
export type TimerKind =
  | "trial-end"
  | "trial-notice"
  | "purge"
  | "key-expiry"
  | "account-trial-end"
  | "account-trial-delete"
  | "account-purge"
  | "device-purge"
  | "attention"
  | "report"
  | "report-run"
  | "alert-digest"
  /** Removes data from the storage. */
  | "vault"
  | "vault-provision"
  | "residency"
  /** Tells a seller of moves. */
  | "move-notice"
  | "task"
  /** Goes on with a move of accounts whose worker died. */
  | "account-move"
  | "mail"
  /** Delivers to an event handler. */
  | "event-lane"
  | "log-copies"
  /** Writes the days of the usage ledger. */
  | "ledger"
  /** Orders the invoice of the month that is over. */
  | "invoice"
  /** An invoice that is to be drafted, or delivered. */
  | "invoice-order"
  /** A month for which everybody is to be invoiced. */
  | "invoice-run"
  /** Files what a change is about anew, so that it is found where it stands now. */
  | "refiling";

/**
 * A timer stands beside the item that it belongs to, and in the `due` index. One per kind and item. A mail has one timer at most: it
 * carries the index's keys itself, and so does a log entry.
 */
export const timerKey = (ownerPk: string, kind: TimerKind): Key => ({ pk: ownerPk, sk: `timer#${kind}` });
export const duePartition = (kind: TimerKind, shard: number): string => `${kind}#${shard}`;
export const dueKey = (ownerPk: string, kind: TimerKind, at: string) => ({
  duePk: duePartition(kind, shardOf(ownerPk)),
  dueSk: `${at}#${ownerPk}`,
});
export const timerShards: readonly number[] = Array.from({ length: maxShards }, (_, shard) => shard);
/** Bound of everything that is due at a time: keys before it have come. */
export const dueUntil = (at: string): string => `${at}#~`;

/** The views of a customer's children. Each is a set of links under the parent, so that no list reads what it does not return. */
export type ChildView =
  | { by: "name" }
  | { by: "level"; level: Level }
  | { by: "inactive" }
  | { by: "trial" }
  | { by: "deleted" }
  | { by: "created"; serviceType: ServiceType };

const viewPrefix = (view: ChildView): string => {
  switch (view.by) {
    case "name":
      return "customer#";
    case "level":
      return `level#${view.level}#`;
    case "created":
      return `created#${view.serviceType}#`;
    default:
      return `${view.by}#`;
  }
};

/** Ends a name within a sort key. It sorts before everything that a name can hold, so a name stands before the longer ones that begin with it. */
const nameEnd = "\u0001";
/** Ends the base letters of a name where the name follows: behind the name that is its own base letters. */
const baseEnd = "\u0002";
/** What the base letters of a name and the name itself may take of a sort key's 1,024 bytes, beside the longest view and an id. */
const maxNameBytes = 960;

/** The beginning of a text that takes so many bytes at most. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let end = Math.max(0, bytes);
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString("utf8", 0, end);
}

/** A name as lists are sorted by it: by base letters, then by the normalised name, as much of it as has room. */
function sortedName(name: string): string {
  const [base, normalised] = [baseLetters(name), normaliseName(name)];
  return base === normalised ? base : base + baseEnd + cut(normalised, maxNameBytes - Buffer.byteLength(base));
}

/** Sort key of the link to a child in a view: by its name as it is sorted, or by id (the order of creation). */
export const linkKey = (parentId: string, view: ChildView, child: { id: string; name: string }): Key => ({
  pk: parentId,
  sk: viewPrefix(view) + (view.by === "created" ? child.id : sortedName(child.name) + nameEnd + child.id),
});

/** Counts the changes of `linkKey`: cursors that were made under another one lead nowhere. */
export const linkForm = 2;

/**
 * The key that a link had before `linkKey` last changed, where that is another one. As long as there may be such links, whatever moves a
 * customer's links removes these with them; `rebuildLinks` brings all to the present form.
 */
export function formerLinkKey(parentId: string, view: ChildView, child: { id: string; name: string }): Key | null {
  if (view.by === "created" || baseLetters(child.name) === normaliseName(child.name)) return null;
  return { pk: parentId, sk: viewPrefix(view) + normaliseName(child.name) + nameEnd + child.id };
}

/** What the sort keys of a view begin with, optionally narrowed to names whose base letters begin with those of `name`. */
export const linkPrefix = (view: ChildView, name = ""): string =>
  viewPrefix(view) + (name === "" ? "" : baseLetters(name));

/** What the sort keys of links begin with, view by view: a customer's children appear in these and in no others. */
export const linkPrefixes: readonly string[] = [
  ...(["name", "inactive", "trial", "deleted"] as const).map((by) => linkPrefix({ by })),
  ...levels.map((level) => linkPrefix({ by: "level", level })),
  ...serviceTypes.map((serviceType) => linkPrefix({ by: "created", serviceType })),
];

/** Id of the child that a link by name leads to. */
export const linkedChild = (sk: string): string => sk.slice(sk.lastIndexOf(nameEnd) + 1);

/**
 * What stands below an end-customer or a site: accounts, devices, backup sets. Each is a range of keys of its own, and what follows the
 * range's prefix is the path to it (`<account>`, `<account>/<device>`, `<account>/<device>/<set>`), so that the three can be read as one.
 */
export const heldPrefixes = { account: accountPrefix, device: devicePrefix(), "backup-set": "set#/" } as const;
export const heldPath = (sk: string): string => sk.slice(sk.indexOf("/") + 1);
/** The sort key in one of the ranges behind which everything comes after a path. */
export function heldAfter(kind: keyof typeof heldPrefixes, path: string): string {
  const depth = { account: 1, device: 2, "backup-set": 3 }[kind];
  const parts = path.split("/").slice(0, depth);
  return heldPrefixes[kind] + parts.join("/") + (parts.length < depth ? "/" : "");
}
