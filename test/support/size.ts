/** Whether tests run at full size, as in the long run. The usual run takes less of what repeats itself. */
export const isFullSize = process.env["FULL_SIZE"] === "all";

/** A number of rounds, things or days: `usual` in the usual run, `full` in the long one. */
export const sized = (usual: number, full: number): number => (isFullSize ? full : usual);
