/** All that a mail says in one language. Names come in as they are shown, numbers and countries already in the language. */
export interface Texts {
  direction: "ltr" | "rtl";
  greeting: (recipient: string) => string;
  closing: string;
  labels: {
    username: string;
    temporaryPassword: string;
    plan: string;
    quota: string;
    trialEnd: string;
    storage: string;
    setup: string;
    support: string;
  };
  /** Quota of an account without one. */
  unrestricted: string;
  /** Stands for a password in a preview. */
  passwordToCome: string;
  /** The temporary password must be replaced at first use. */
  mustChange: string;
  /** The data centre stands in another country than the storage location. */
  elsewhere: (location: string, country: string) => string;
  accountDetails: {
    subject: (customer: string) => string;
    intro: (customer: string) => string;
    /** The password is not in the mail. */
    passwordKnown: string;
  };
  passwordReset: {
    subject: (customer: string) => string;
    intro: (customer: string) => string;
    unexpected: (sender: string) => string;
  };
  customerDetails: {
    subject: (customer: string) => string;
    intro: (customer: string) => string;
    noAccounts: string;
    /** Accounts beyond those listed: their count, and the count as it is written. */
    more: (count: number, written: string) => string;
    noPasswords: string;
  };
}
