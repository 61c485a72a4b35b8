export const watchlist = {
  area: "Watchlist",
  list: "Devices of {{name}} and below that need attention",
  all: "All",
  columns: {
    device: "Device",
    reason: "Reason",
    since: "Since",
    others: "Further reasons",
    customer: "Customer",
    seller: "Reseller",
  },
  emptyTitle: "Nothing needs attention",
  emptyHint: "Devices appear here when a backup fails or is overdue, or when they wait for a decision.",
};
