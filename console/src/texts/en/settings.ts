export const settings = {
  area: "Settings",
  readOnly: "Your role can look at these settings, but not change them.",
  saved_one: "{{count}} setting has been saved.",
  saved_other: "{{count}} settings have been saved.",
  which: "inherited or own",
  inherit: "Inherit",
  default: "Default",
  own: "Own",
  on: "On",
  off: "Off",
  decidedAbove: "Decided above",
  source: {
    here: "Set here",
    default: "Default of the product",
    from: "From {{name}}",
    above: "From above: {{level}}",
  },
  words: {
    alerts: {
      limits: { mail: "At once, by mail", digest: "Once a day, by mail", off: "Not at all" },
      moves: { mail: "By mail", off: "Not at all" },
    },
    access: { secondFactor: { optional: "Optional", required: "Required" } },
  },
  throttle: {
    title: "Bandwidth throttling",
    hint: "How fast each backup may send. Inherited or own as a whole.",
    never: "Not throttled",
    limit: "At most {{amount}} a second",
    hours: "from {{from}} to {{to}}",
    allDay: "all day",
    notAtWeekend: "not at weekends",
    enabled: "Throttle backups",
    perSecond: "Limit of each backup",
    perSecondHint: "Amount in a second.",
    when: "When",
    fromTo: "at certain hours",
    from: "From",
    to: "To",
    acrossMidnight: "Before the beginning: it runs across midnight.",
    offAtWeekend: "Off on Saturdays and Sundays",
    throttled: "throttled",
    free: "full speed",
    draw: "With the pointer you can also draw the hours into the week. Times are those of the customer’s time zone.",
  },
  fields: {
    trial: {
      days: { label: "Length of a trial", hint: "Days, for customers and accounts." },
      extensionDays: { label: "Extension of a trial", hint: "By how many days at most, once; 0: not at all." },
      spaceBytes: { label: "Space in a trial", hint: "Quota of an account in trial." },
      deleteAfterDays: {
        label: "Deletion after a trial",
        hint: "Days from the end of an account’s trial to its deletion.",
      },
    },
    mail: {
      enabled: { label: "Send mail", hint: "Off: no account details are mailed, and passwords are set by hand." },
      senderName: { label: "Name of the sender", hint: "What readers see as the sender." },
      setupUrl: { label: "Set-up page", hint: "Where mails send the reader to install the backup software." },
    },
    alerts: {
      limits: { label: "Limits", hint: "How this level hears of limits that are almost or wholly used up." },
      moves: { label: "Moves", hint: "Whether it hears of customers that are moved to it or away." },
    },
    watchlist: {
      noBackupDays: {
        label: "Days without a backup",
        hint: "After so many days without a successful backup a device needs attention.",
      },
      notSeenDays: {
        label: "Days not seen: computers",
        hint: "After so many days a workstation or laptop that is silent does.",
      },
      serverNotSeenDays: { label: "Days not seen: servers", hint: "After so many days a server that is silent does." },
      minimumAgentVersion: { label: "Oldest software version", hint: "Older backup software needs attention." },
    },
    portal: {
      enabled: {
        label: "Portal",
        hint: "Whether accounts can log in. Switched off here, no level below can switch it on.",
      },
      switchAccounts: { label: "Switch accounts", hint: "Whether they switch to other accounts of their customer." },
      changeQuota: { label: "Change their quota", hint: "Whether they set a quota of their own." },
      restore: { label: "Restore", hint: "Whether they read what their devices have stored." },
    },
    access: {
      secondFactor: {
        label: "Second factor",
        hint: "Whether users must prove more than a password. Accounts have no second factor: where it is required, they cannot log in to the portal.",
      },
    },
    log: {
      retentionDays: {
        label: "Days that the log is kept",
        hint: "For entries from now on; at least 400. None: for good.",
      },
    },
    deletion: {
      graceDays: { label: "Grace period", hint: "Days in which what was deleted can be restored." },
      customersPerHour: { label: "Deletions an hour", hint: "Customers that one user or key may delete in an hour." },
    },
    moves: {
      mergeAndSplit: {
        label: "Merge and split",
        hint: "Whether customers can be merged, and accounts split off into a new one.",
      },
    },
    storage: {
      closedLocations: { label: "Closed locations", hint: "They take no new customers; those that are there go on." },
    },
  },
  groups: {
    trial: { title: "Trials", hint: "Each level may narrow what it inherits, not widen it." },
    mail: { title: "Mail", hint: "To customers, accounts and users." },
    alerts: { title: "Alerts", hint: "How this level is told by mail." },
    watchlist: { title: "Attention", hint: "When a device needs attention." },
    portal: {
      title: "Portal of the accounts",
      hint: "What users of accounts may do themselves. What a level forbids, none below can allow.",
    },
    access: { title: "Access", hint: "A level may demand it of its branch; none below can lift it." },
    log: { title: "Log", hint: "What was done in this branch, and by whom." },
    deletion: { title: "Deletions", hint: "The provider decides for the whole installation." },
    moves: { title: "Merging and splitting", hint: "The provider decides for the whole installation." },
    storage: { title: "Storage locations", hint: "The provider decides for the whole installation." },
  },
};
