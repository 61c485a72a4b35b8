/** The table's shape. CDK, the local run and the tests build the table from this and from nothing else. */
export const tableShape = {
  partitionKey: "pk",
  sortKey: "sk",
  timeToLive: "expiresAt",
  stream: "NEW_AND_OLD_IMAGES",
  indexes: {
    /** Every timer, by kind and time (sparse). */
    due: { partitionKey: "duePk", sortKey: "dueSk", projection: "KEYS_ONLY" },
    /** The log of one node, by time (sparse). */
    history: { partitionKey: "nodePk", sortKey: "nodeSk", projection: "ALL" },
  },
} as const;

export type IndexName = keyof typeof tableShape.indexes;
