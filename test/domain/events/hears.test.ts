import { describe, expect, test } from "vitest";
import { hears, restMs, retryPauseMs } from "../../../shared/domain/events/delivery.ts";
import type { EventHandlerRecord } from "../../../shared/domain/events/event-handler.ts";
import type { LogEntry } from "../../../shared/domain/hierarchy/logged-entry.ts";

const id = (prefix: string, nth: number): string => `${prefix}_0000000000000000000000000${nth}`;
const chain = [id("cus", 3), id("cus", 2), id("cus", 1)];
const handler = (more: Partial<EventHandlerRecord> = {}): EventHandlerRecord => ({
  id: id("hnd", 1),
  version: 1,
  customerId: id("cus", 2),
  name: "Tickets",
  filter: { types: null, branch: null, thresholds: null },
  action: { kind: "webhook", url: "https://hooks.example.com/" },
  active: true,
  disabledAt: null,
  disabledReason: null,
  secrets: [],
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  ...more,
});
const filtered = (filter: Partial<EventHandlerRecord["filter"]>) =>
  handler({ filter: { types: null, branch: null, thresholds: null, ...filter } });
const entry = (more: Partial<LogEntry> = {}): LogEntry => ({
  id: id("evt", 1),
  at: "2026-01-02T00:00:00.000Z",
  type: "CustomerUpdated",
  node: { id: id("cus", 3), level: "end-customer", name: "One" },
  actor: { kind: "system", id: null },
  requestId: "req",
  changes: [],
  reason: null,
  onBehalfOf: null,
  operation: null,
  sourceIp: null,
  ...more,
});
const crossed = (percent: number | null): LogEntry =>
  entry({
    type: "ThresholdCrossed",
    changes: [{ path: "space", before: null, after: { percent, limit: 1, used: 1 } }],
  });
const mailMade = (template: string): LogEntry =>
  entry({ type: "MailFailed", changes: [{ path: "mail", before: null, after: { id: "mai", template } }] });
const mails = handler({ action: { kind: "mail", recipients: ["ann@example.com"] } });

describe("a handler hears", () => {
  test.each<[string, EventHandlerRecord, LogEntry]>([
    ["all of its branch without a filter", handler(), entry()],
    ["a type that it names", filtered({ types: ["CustomerUpdated", "DeviceDeleted"] }), entry()],
    ["the branch that it names", filtered({ branch: id("cus", 3) }), entry()],
    ["a threshold at the share that it names", filtered({ thresholds: 90 }), crossed(90)],
    ["a threshold above it", filtered({ thresholds: 90 }), crossed(100)],
    ["a soft limit, which is reached as a whole", filtered({ thresholds: 100 }), crossed(null)],
    ["other types, whatever share it names", filtered({ thresholds: 90 }), entry()],
    ["of other mails that fail, by mail", mails, mailMade("account-details")],
    ["of its own mails that fail, by webhook", handler(), mailMade("events")],
    [
      "of other handlers",
      handler(),
      entry({ type: "EventHandlerDisabled", node: { ...entry().node, id: id("hnd", 2) } }),
    ],
  ])("%s", (_what, of, event) => expect(hears(of, event, chain)).toBe(true));
});

describe("a handler hears nothing", () => {
  test.each<[string, EventHandlerRecord, LogEntry]>([
    ["while it is switched off", handler({ active: false }), entry()],
    ["from outside its branch", handler({ customerId: id("cus", 4) }), entry()],
    ["from outside the branch that it names", filtered({ branch: id("cus", 4) }), entry()],
    ["of types that it does not name", filtered({ types: ["CustomerDeleted"] }), entry()],
    ["of a threshold below the share that it names", filtered({ thresholds: 90 }), crossed(80)],
    ["from before it was created", handler(), entry({ at: "2025-12-31T23:59:59.999Z" })],
    ["of itself", handler(), entry({ node: { ...entry().node, id: id("hnd", 1) } })],
    ["by mail of mails of handlers that fail", mails, mailMade("events")],
    ["by mail of mails about disabled handlers that fail", mails, mailMade("event-handler-disabled")],
  ])("%s", (_what, of, event) => expect(hears(of, event, chain)).toBe(false));
});

test("pauses between attempts grow to eight hours, so that three days hold a dozen attempts or more", () => {
  const pauses = Array.from({ length: 20 }, (_, nth) => retryPauseMs(nth + 1, 0.5));
  expect(pauses.slice(0, 3)).toEqual([30_000, 90_000, 270_000]);
  expect(Math.max(...pauses)).toBe(8 * 3_600_000);
  const until = pauses.map((_, nth) => pauses.slice(0, nth + 1).reduce((sum, one) => sum + one, 0));
  expect(until.filter((ms) => ms < 3 * 86_400_000).length).toBeGreaterThanOrEqual(12);
  for (const random of [0, 0.999]) expect(retryPauseMs(1, random)).toBeCloseTo(30_000 * (random === 0 ? 0.8 : 1.2), -3);
});

test("a receiver that is down is looked for every quarter of an hour at least", () => {
  expect(restMs(3, 0.5)).toBe(30_000);
  for (const failures of [10, 100, 1_000]) expect(restMs(failures, 0.5)).toBe(15 * 60_000);
});
