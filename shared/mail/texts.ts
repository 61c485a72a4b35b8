import type { ReportTexts } from "./reports/texts.ts";

/** What the reader of one audience is told of a customer's trial before its end. */
interface TrialNotice {
  subject: (customer: string, timeLeft: string) => string;
  intro: (customer: string, timeLeft: string, end: string) => string;
  /** Production follows by itself, and is invoiced. */
  goesOn: string;
  /** What to do where it is not to follow. */
  otherwise: (sender: string) => string;
}

/** What the reader of one audience is told of a customer's trial after its end. */
interface TrialEnded {
  subject: (customer: string) => string;
  ended: (customer: string, end: string) => string;
  endedEarly: (customer: string, end: string) => string;
  /** Production has followed, and is invoiced, pro rata at first. */
  goesOn: string;
}

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
  /** How much time there still is: begun days, 1 at least, and their count as it is written. Of one day there may be any part. */
  timeLeft: (days: number, written: string) => string;
  questions: (sender: string) => string;
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
  accessLink: Record<
    "invitation" | "password",
    { subject: (customer: string) => string; intro: (customer: string, sender: string) => string }
  > & {
    code: string;
    codeToCome: string;
    choose: string;
    once: (until: string) => string;
    unexpected: (sender: string) => string;
  };
  accessRecovered: {
    subject: (customer: string) => string;
    intro: (customer: string, at: string, reason: string) => string;
    check: string;
  };
  reactivationRequested: {
    subject: (customer: string) => string;
    intro: Record<"itself" | "above", (customer: string) => string>;
    /** Nothing changes until somebody activates it. */
    stays: string;
  };
  customerDetails: {
    subject: (customer: string) => string;
    intro: (customer: string) => string;
    noAccounts: string;
    /** Accounts beyond those listed: their count, and the count as it is written. */
    more: (count: number, written: string) => string;
    noPasswords: string;
  };
  trialNotice: { customer: TrialNotice; seller: TrialNotice };
  trialEnded: { customer: TrialEnded; seller: TrialEnded };
  accountTrialEnded: {
    subject: (customer: string) => string;
    intro: (customer: string, end: string) => string;
    /** Nothing is backed up any more, and nothing is lost yet. */
    suspended: string;
    deadline: (deletion: string) => string;
    keep: (sender: string) => string;
  };
  accountTrialDeleted: {
    subject: (customer: string) => string;
    intro: (customer: string, deletion: string) => string;
    deadline: (purge: string) => string;
    restore: (sender: string) => string;
  };
  /** Limits that are almost or wholly used up. */
  limits: {
    subject: (customer: string) => string;
    digestSubject: (count: number, written: string) => string;
    intro: { owner: (customer: string) => string; seller: (customer: string) => string };
    digestIntro: (count: number, written: string) => string;
    names: Record<"space" | "softSpace" | "licences" | "devices" | "quota", string>;
    soft: string;
    share: (used: string, limit: string) => string;
    more: (count: number, written: string) => string;
    /** What happens next, and what to do. */
    todo: { owner: string; seller: string };
  };
  /** An invoice, or a credit note, which goes with the mail as a file. */
  invoice: {
    subject: Record<"invoice" | "credit-note", (number: string, seller: string) => string>;
    intro: Record<"invoice" | "credit-note", (number: string) => string>;
    period: string;
    days: (from: string, to: string) => string;
    total: string;
    due: string;
    credits: string;
  };
  /** Customers that somebody has moved to a seller, or away from it. */
  customersMoved: {
    subject: Record<"to" | "away" | "both", (count: number, written: string, seller: string) => string>;
    intro: (count: number, written: string) => string;
    came: string;
    went: string;
    more: (count: number, written: string) => string;
    /** Who sees what from now on. */
    sight: string;
  };
  /** What an event handler has heard, and that it was switched off. */
  events: {
    subject: (written: string, customer: string) => string;
    intro: (count: number, written: string, handler: string) => string;
    more: (count: number, written: string) => string;
    disabled: (handler: string) => string;
    failing: string;
    gone: string;
    todo: string;
  };
  /** What reports say. */
  report: ReportTexts;
}
