/** How one area of the API is presented in the reference. */
export interface AreaText {
  title: string;
  description: string;
  /** The chapter that it stands in. */
  group: "Start" | "Customers" | "Accounts" | "Devices" | "Operation";
}

/** Every area of the API by its folder, in the order in which a newcomer reads them. */
export const areas: Readonly<Record<string, AreaText>> = {
  meta: { title: "Service", group: "Start", description: "The API's links, health, description and reference." },
  keys: {
    title: "API keys",
    group: "Start",
    description: "Credentials for programs. A key sees the branch of its customer, as far as its role allows.",
  },
  users: {
    title: "Users",
    group: "Start",
    description: "People with web access. A user sees the branch of one customer, as far as the role allows.",
  },
  people: {
    title: "Login and passwords",
    group: "Start",
    description: "Sessions and passwords: what people do for themselves.",
  },
  totp: {
    title: "Authenticator app",
    group: "Start",
    description: "The authenticator app of a user as a second factor, and recovery codes.",
  },
  passkeys: {
    title: "Passkeys",
    group: "Start",
    description: "Passkeys (WebAuthn) of people, and what people prove by them.",
  },
  customers: {
    title: "Customers",
    group: "Customers",
    description:
      "The hierarchy: provider, distributors, subdistributors, resellers, end-customers and sites. Also their settings, limits and trials.",
  },
  branch: {
    title: "Branches",
    group: "Customers",
    description: "Everything of a branch, whatever it is and however deep it stands.",
  },
  imports: {
    title: "Imports",
    group: "Customers",
    description: "Files of customers, accounts and devices that come from elsewhere.",
  },
  search: {
    title: "Search",
    group: "Customers",
    description: "What begins with a text anywhere in a branch, whatever it is.",
  },
  log: {
    title: "Log",
    group: "Customers",
    description: "Who changed what, from where and in whose name, and who tried to get in.",
  },
  moves: {
    title: "Moves",
    group: "Customers",
    description: "Customers that go to another parent, with all below them.",
  },
  deletions: {
    title: "Deletions",
    group: "Customers",
    description: "What was deleted, until when it can be restored, and how to remove it for good earlier.",
  },
  storage: {
    title: "Storage",
    group: "Customers",
    description: "Where data can be stored, and where those of each customer lie.",
  },
  servers: {
    title: "Storage servers",
    group: "Customers",
    description: "Servers of software-only customers, which bring their own storage, and copies to a second one.",
  },
  migrations: {
    title: "Seed migrations",
    group: "Customers",
    description: "Data of software-only customers that move to another storage server by disk.",
  },
  accounts: {
    title: "Accounts",
    group: "Accounts",
    description: "Backup accounts and sub-accounts: the logins that devices back up to.",
  },
  contacts: { title: "Contacts", group: "Accounts", description: "People who receive the mails about accounts." },
  plans: {
    title: "Service plans",
    group: "Accounts",
    description: "What an account may do, and how much it may store.",
  },
  services: {
    title: "Billing-only services",
    group: "Accounts",
    description: "Things that a customer is billed for and nobody logs in to.",
  },
  devices: {
    title: "Devices",
    group: "Devices",
    description: "The computers that back up: their state, their settings, and whether they may back up now.",
  },
  sets: { title: "Backup sets", group: "Devices", description: "What a device backs up, and when." },
  enrolment: { title: "Enrolment keys", group: "Devices", description: "Keys with which computers enrol themselves." },
  agent: {
    title: "Agent",
    group: "Devices",
    description: "The operations of the backup agent on a computer. They take a device's token, not an API key.",
  },
  tasks: {
    title: "Tasks",
    group: "Operation",
    description: "Long work, such as moving many customers: how far it has come, and what became of each row.",
  },
  reports: {
    title: "Reports",
    group: "Operation",
    description: "Which devices need attention, and the mails that say so.",
  },
  events: {
    title: "Events",
    group: "Operation",
    description: "Mails and webhooks that tell what happens in a branch.",
  },
  mails: { title: "Mails", group: "Operation", description: "What has become of the mails that were sent." },
  billing: {
    title: "Usage and prices",
    group: "Operation",
    description: "What customers used, day by day, what a seller charges for it, and whom it invoices.",
  },
  invoices: {
    title: "Invoices",
    group: "Operation",
    description: "Invoices that are made from the usage ledger: drafts, what was issued, credit notes, and reports.",
  },
};
