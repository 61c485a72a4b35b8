export const accounts = { area: "Accounts", columns: { plan: "Service plan" } };
