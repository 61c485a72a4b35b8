import { report } from "../reports/en.ts";
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
  timeLeft: (days, written) => (days === 1 ? "within 24 hours" : `in ${written} days`),
  questions: (sender) => `If you have any questions, please contact ${sender}.`,
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
  accessLink: {
    invitation: {
      subject: (customer) => `Your access to the backup service of ${customer}`,
      intro: (customer, sender) =>
        `${sender} has given you access to the backup service of ${customer}. Choose a password to log in.`,
    },
    password: {
      subject: (customer) => `Choose a new password for the backup service of ${customer}`,
      intro: (customer) =>
        `Somebody has asked for a new password for your access to the backup service of ${customer}. Your present password is valid until you choose another one.`,
    },
    code: "Code",
    codeToCome: "(a code is made when the mail is sent)",
    choose: "Choose a password",
    once: (until) => `The code works once, until ${until}.`,
    unexpected: (sender) => `If you did not expect this, ignore this mail or contact ${sender}.`,
  },
  accessRecovered: {
    subject: (customer) => `Access to ${customer} was recovered`,
    intro: (customer, at, reason) =>
      `At ${at} the operator of this installation made a new administrator's key for ${customer}. The reason given: ${reason}`,
    check: "If you do not know of this, look at the log and the list of API keys at once.",
  },
  reactivationRequested: {
    subject: (customer) => `${customer} asks to be reactivated`,
    intro: {
      itself: (customer) => `${customer} is deactivated and asks you to activate it again.`,
      above: (customer) => `${customer} asks to be reactivated: a level above it is deactivated.`,
    },
    stays:
      "Nothing changes until the customer is activated. Until then, backups are refused and its access is read-only.",
  },
  customerDetails: {
    subject: (customer) => `Backup accounts of ${customer}`,
    intro: (customer) => `This is an overview of the backup accounts of ${customer}.`,
    noAccounts: "There are no backup accounts yet.",
    more: (count, written) => `and ${written} more ${count === 1 ? "account" : "accounts"}`,
    noPasswords: "For security reasons this mail holds no passwords.",
  },
  trialNotice: {
    customer: {
      subject: (customer, timeLeft) => `Your backup trial for ${customer} ends ${timeLeft}`,
      intro: (customer, timeLeft, end) =>
        `Your trial of our backup service for ${customer} ends ${timeLeft}, on ${end}.`,
      goesOn:
        "The service then continues automatically as a regular, paid one; you do not need to do anything. It is invoiced from that moment on.",
      otherwise: (sender) => `If you do not want to continue, please contact ${sender} before then.`,
    },
    seller: {
      subject: (customer, timeLeft) => `The backup trial of ${customer} ends ${timeLeft}`,
      intro: (customer, timeLeft, end) =>
        `The trial of the backup service for your customer ${customer} ends ${timeLeft}, on ${end}.`,
      goesOn: "Production then begins automatically, and the customer is invoiced from that moment on.",
      otherwise: () =>
        "If your customer does not want to continue, please make the necessary arrangements before then.",
    },
  },
  trialEnded: {
    customer: {
      subject: (customer) => `Your backup trial for ${customer} has ended`,
      ended: (customer, end) => `Your trial of our backup service for ${customer} ended on ${end}.`,
      endedEarly: (customer, end) =>
        `Your trial of our backup service for ${customer} was ended ahead of time, on ${end}.`,
      goesOn:
        "Since then, the service has continued as a regular, paid one. It is invoiced from that moment on, pro rata for the month in which the trial ended.",
    },
    seller: {
      subject: (customer) => `The backup trial of ${customer} has ended`,
      ended: (customer, end) => `The trial of the backup service for your customer ${customer} ended on ${end}.`,
      endedEarly: (customer, end) =>
        `The trial of the backup service for your customer ${customer} was ended ahead of time, on ${end}.`,
      goesOn:
        "Since then, the customer has been in production and is invoiced, pro rata for the month in which the trial ended.",
    },
  },
  accountTrialEnded: {
    subject: (customer) => `The trial of your backup account for ${customer} has ended`,
    intro: (customer, end) => `The trial of your backup account for ${customer} ended on ${end}.`,
    suspended:
      "The account is therefore suspended: its computers no longer back up. What has been backed up so far is still there.",
    deadline: (deletion) => `Unless the account is moved to a paid plan, it will be deleted on ${deletion}.`,
    keep: (sender) => `If you want to keep the account, please contact ${sender} before then.`,
  },
  accountTrialDeleted: {
    subject: (customer) => `Your backup account for ${customer} has been deleted`,
    intro: (customer, deletion) =>
      `Your backup account for ${customer} was deleted on ${deletion}, because its trial had ended and it was not moved to a paid plan.`,
    deadline: (purge) => `It can be restored until ${purge}. After that, its data is removed for good.`,
    restore: (sender) => `If you still need the account or its data, please contact ${sender} before then.`,
  },
  limits: {
    subject: (customer) => `A limit of ${customer} is almost reached`,
    digestSubject: (count, written) => `${written} ${count === 1 ? "limit is" : "limits are"} almost reached`,
    intro: {
      owner: (customer) => `A limit of the backup service for ${customer} is almost or completely used up.`,
      seller: (customer) => `A limit of your customer ${customer} is almost or completely used up.`,
    },
    digestIntro: (count, written) =>
      count === 1
        ? "This limit has been reached in part or in full since the last overview."
        : `These ${written} limits have been reached in part or in full since the last overview.`,
    names: {
      space: "Storage space",
      softSpace: "Storage space",
      licences: "Licences",
      devices: "Devices",
      quota: "Quota of an account",
    },
    soft: "soft limit",
    share: (used, limit) => `${used} of ${limit}`,
    more: (_count, written) => `and ${written} more`,
    todo: {
      owner: "When a limit is used up completely, backups or new devices are refused until there is room again.",
      seller:
        "When a limit is used up completely, backups or new devices are refused until it is raised or something is removed.",
    },
  },
  invoice: {
    subject: {
      invoice: (number, seller) => `Invoice ${number} from ${seller}`,
      "credit-note": (number, seller) => `Credit note ${number} from ${seller}`,
    },
    intro: {
      invoice: (number) => `Invoice ${number} is attached as a PDF file.`,
      "credit-note": (number) => `Credit note ${number} is attached as a PDF file.`,
    },
    period: "Period",
    days: (from, to) => `${from} to ${to}`,
    total: "Total",
    due: "Due on",
    credits: "Cancels invoice",
  },
  customersMoved: {
    subject: {
      to: (count, written, seller) =>
        count === 1 ? `A customer was moved to ${seller}` : `${written} customers were moved to ${seller}`,
      away: (count, written, seller) =>
        count === 1
          ? `A customer was moved away from ${seller}`
          : `${written} customers were moved away from ${seller}`,
      both: (_count, written, seller) => `${written} customers were moved to and away from ${seller}`,
    },
    intro: (count, written) => (count === 1 ? "One customer was moved:" : `${written} customers were moved:`),
    came: "moved to you",
    went: "moved away from you",
    more: (_count, written) => `and ${written} more`,
    sight:
      "You see and manage the customers that were moved to you. You no longer see those that were moved away. Their data, computers and limits stay as they are.",
  },
  events: {
    subject: (written, customer) => `${written} events: ${customer}`,
    intro: (count, written, handler) =>
      count === 1 ? `“${handler}” has heard of an event:` : `“${handler}” has heard of ${written} events:`,
    more: (_count, written) => `and ${written} more`,
    disabled: (handler) => `No more events go to “${handler}”`,
    failing: "The receiver has taken no event for three days, so we have stopped calling it.",
    gone: "The receiver says that it no longer exists, so we have stopped calling it.",
    todo: "What happens meanwhile is not sent to it later. Once the receiver works again, activate the event handler.",
  },
  report,
} satisfies Texts;
