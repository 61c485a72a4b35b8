import { dueKey, eventLaneKey } from "./keys.ts";
import type { Update } from "./writes.ts";

/** How long a lane that was woken is left to the stream before a sweep takes it. */
const streamsTurnMs = 2 * 60_000;

/** The attributes of a lane that the stream is to hand to somebody who delivers. */
export const toRun = (handlerId: string, nowMs: number) => {
  const dueAt = new Date(nowMs + streamsTurnMs).toISOString();
  return { wake: "run", dueAt, ...dueKey(eventLaneKey(handlerId).pk, "event-lane", dueAt) };
};

/** The write that wakes the lane of an event handler, after something in it has changed: whoever delivers looks again. */
export const wakeLane = (handlerId: string, nowMs: number): Update => ({
  kind: "update",
  key: eventLaneKey(handlerId),
  set: { kind: "event-lane", handlerId, ...toRun(handlerId, nowMs) },
  add: { wakes: 1 },
  when: [],
});
