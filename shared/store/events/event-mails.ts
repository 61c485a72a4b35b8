import { type DeliveryRecord, mailed, mailLine } from "../../domain/events/delivery.ts";
import type { EventHandlerRecord } from "../../domain/events/event-handler.ts";
import type { Chain } from "../../domain/hierarchy/customer.ts";
import type { WorkContext } from "../hierarchy/scope.ts";
import { queueNotice } from "../mail/notices.ts";
import { eventLaneKey } from "../table/keys.ts";
import type { Write } from "../table/writes.ts";
import { saveDelivery } from "./deliveries.ts";
import type { LaneRecord } from "./lanes.ts";

/** Events that one mail lists. With its ten recipients they fit into one transaction. */
export const listedAtMost = 25;

/** The write that remembers how many events the next mail is to count beside those that it lists, for whoever has the lane. */
const countLeftOut = ({ handlerId, lease, leftOut: before }: LaneRecord, leftOut: number): Write => ({
  kind: "update",
  key: eventLaneKey(handlerId),
  set: { leftOut },
  add: {},
  when: [
    { attribute: "lease", is: lease },
    { attribute: "leftOut", counts: before },
  ],
});

/** The writes by which deliveries are only counted by the next mail. */
export const leaveOut = (lane: LaneRecord, deliveries: readonly DeliveryRecord[], nowMs: number): Write[] => [
  countLeftOut(lane, lane.leftOut + deliveries.length),
  ...deliveries.flatMap((delivery) =>
    saveDelivery(delivery, mailed(delivery, { mailIds: [], problem: null, leftOut: true }, nowMs)),
  ),
];

/** The writes of one mail to each recipient of a handler, and of the deliveries that they tell of: each is told once, or nothing is. */
export async function mailWrites(
  context: WorkContext,
  chain: Chain,
  { name, action }: EventHandlerRecord,
  lane: LaneRecord,
  deliveries: readonly DeliveryRecord[],
  nowMs: number,
): Promise<Write[]> {
  const recipients = action.kind === "mail" ? action.recipients : [];
  const lines = deliveries.map(mailLine);
  const queued = await Promise.all(
    recipients.map((address) => {
      const matter = {
        template: "events" as const,
        recipient: address,
        customer: chain[0].name,
        handler: name,
        events: lines,
        more: lane.leftOut,
      };
      return queueNotice(context, chain, matter, address, { name: address });
    }),
  );
  const mails = queued.flat();
  const mailIds = mails.flatMap((write) => (write.kind === "put" ? [String(write.item["id"])] : []));
  const problem = mails.length > 0 ? null : "Mail is switched off, or none of the recipients takes any.";
  return [
    ...mails,
    countLeftOut(lane, 0),
    ...deliveries.flatMap((delivery) =>
      saveDelivery(delivery, mailed(delivery, { mailIds, problem, leftOut: false }, nowMs)),
    ),
  ];
}
