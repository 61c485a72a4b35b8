import type { Texts } from "../texts.ts";

export const texts = {
  direction: "ltr",
  greeting: (recipient) => `Guten Tag ${recipient},`,
  closing: "Mit freundlichen Grüßen",
  labels: {
    username: "Benutzername",
    temporaryPassword: "Vorläufiges Passwort",
    plan: "Tarif",
    quota: "Speicherplatz",
    trialEnd: "Ende der Testphase",
    storage: "Speicherort",
    setup: "So richten Sie Ihre Datensicherung ein",
    support: "Hilfe und Support",
  },
  unrestricted: "unbegrenzt",
  passwordToCome: "(ein vorläufiges Passwort wird beim Versand der E-Mail erzeugt)",
  mustChange: "Bei der ersten Anmeldung müssen Sie das vorläufige Passwort durch ein eigenes ersetzen.",
  elsewhere: (location, country) =>
    `Bitte beachten Sie: Der Speicherort ist ${location}, das Rechenzentrum, in dem die Daten liegen, steht jedoch in einem anderen Land: ${country}.`,
  accountDetails: {
    subject: (customer) => `Ihr Backup-Konto für ${customer}`,
    intro: (customer) => `dies sind die Angaben zu Ihrem Backup-Konto für ${customer}.`,
    passwordKnown:
      "Aus Sicherheitsgründen steht Ihr Passwort nicht in dieser E-Mail. Verwenden Sie das Passwort, das Sie bereits haben oder gesondert erhalten.",
  },
  passwordReset: {
    subject: (customer) => `Neues Passwort Ihres Backup-Kontos für ${customer}`,
    intro: (customer) =>
      `das Passwort Ihres Backup-Kontos für ${customer} wurde zurückgesetzt. Ihr bisheriges Passwort gilt nicht mehr.`,
    unexpected: (sender) => `Falls Sie diese E-Mail nicht erwartet haben, wenden Sie sich bitte umgehend an ${sender}.`,
  },
  customerDetails: {
    subject: (customer) => `Backup-Konten von ${customer}`,
    intro: (customer) => `dies ist eine Übersicht der Backup-Konten von ${customer}.`,
    noAccounts: "Es gibt noch keine Backup-Konten.",
    more: (count, written) => (count === 1 ? "und ein weiteres Konto" : `und ${written} weitere Konten`),
    noPasswords: "Aus Sicherheitsgründen enthält diese E-Mail keine Passwörter.",
  },
} satisfies Texts;
