import type { Texts } from "../texts.ts";

export const texts = {
  direction: "ltr",
  greeting: (recipient) => `Hello ${recipient},`,
  closing: "Kind regards,",
  labels: {
    username: "User name",
    temporaryPassword: "Temporary password",
    plan: "Service plan",
    quota: "Storage space",
    trialEnd: "End of trial",
    storage: "Storage location",
    setup: "How to set up your backup",
    support: "Help and support",
  },
  unrestricted: "unrestricted",
  passwordToCome: "(a temporary password is made when the mail is sent)",
  mustChange: "You must replace the temporary password with one of your own when you first sign in.",
  elsewhere: (location, country) =>
    `Please note: the storage location is ${location}, but the data centre that holds the data stands in another country: ${country}.`,
  accountDetails: {
    subject: (customer) => `Your backup account for ${customer}`,
    intro: (customer) => `These are the details of your backup account for ${customer}.`,
    passwordKnown:
      "For security reasons your password is not in this mail. Use the one that you already have or that you receive separately.",
  },
  passwordReset: {
    subject: (customer) => `New password of your backup account for ${customer}`,
    intro: (customer) =>
      `The password of your backup account for ${customer} has been reset. Your old password is no longer valid.`,
    unexpected: (sender) => `If you did not expect this, please contact ${sender} without delay.`,
  },
  customerDetails: {
    subject: (customer) => `Backup accounts of ${customer}`,
    intro: (customer) => `This is an overview of the backup accounts of ${customer}.`,
    noAccounts: "There are no backup accounts yet.",
    more: (count, written) => `and ${written} more ${count === 1 ? "account" : "accounts"}`,
    noPasswords: "For security reasons this mail holds no passwords.",
  },
} satisfies Texts;
