import { sweepJob } from "../../shared/http/jobs/sweep-job.ts";
import { look, pointerOf } from "../../shared/store/devices/looks.ts";
import { sweep } from "../../shared/store/table/sweep.ts";
import { jobs } from "../jobs.ts";

/**
 * Looks at the devices to which time alone can have given a reason for attention: those that have not backed up, or not been seen, for days, and
 * those that no licence is free for. What it finds changes the device on the condition that it stands as it was read.
 */
export const handler = sweepJob(jobs.sweepAttention.id, (turn, deps) =>
  sweep(turn, "attention", (timer, db) => look(timer, db, deps.now), pointerOf),
);
