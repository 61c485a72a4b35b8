import { report } from "../reports/de.ts";
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
  timeLeft: (days, written) => (days === 1 ? "innerhalb von 24 Stunden" : `in ${written} Tagen`),
  questions: (sender) => `Bei Fragen wenden Sie sich bitte an ${sender}.`,
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
  accessLink: {
    invitation: {
      subject: (customer) => `Ihr Zugang zum Backup-Dienst von ${customer}`,
      intro: (customer, sender) =>
        `${sender} hat Ihnen Zugang zum Backup-Dienst von ${customer} gegeben. Wählen Sie ein Passwort, um sich anzumelden.`,
    },
    password: {
      subject: (customer) => `Neues Passwort für den Backup-Dienst von ${customer}`,
      intro: (customer) =>
        `für Ihren Zugang zum Backup-Dienst von ${customer} wurde ein neues Passwort angefordert. Ihr bisheriges Passwort gilt, bis Sie ein neues wählen.`,
    },
    code: "Code",
    codeToCome: "(ein Code wird beim Versand der E-Mail erzeugt)",
    choose: "Passwort wählen",
    once: (until) => `Der Code gilt einmal, bis ${until}.`,
    unexpected: (sender) =>
      `Falls Sie diese E-Mail nicht erwartet haben, ignorieren Sie sie oder wenden Sie sich an ${sender}.`,
  },
  accessRecovered: {
    subject: (customer) => `Der Zugang zu ${customer} wurde wiederhergestellt`,
    intro: (customer, at, reason) =>
      `am ${at} hat der Betreiber dieser Installation einen neuen Administratorschlüssel für ${customer} erstellt. Angegebener Grund: ${reason}`,
    check: "Falls Sie davon nichts wissen, prüfen Sie bitte sofort das Protokoll und die Liste der API-Schlüssel.",
  },
  reactivationRequested: {
    subject: (customer) => `${customer} bittet um Reaktivierung`,
    intro: {
      itself: (customer) => `${customer} ist deaktiviert und bittet Sie, den Kunden wieder zu aktivieren.`,
      above: (customer) => `${customer} bittet um Reaktivierung: Eine übergeordnete Ebene ist deaktiviert.`,
    },
    stays:
      "Bis zur Aktivierung ändert sich nichts: Datensicherungen werden abgelehnt, und der Zugang erlaubt nur das Lesen.",
  },
  customerDetails: {
    subject: (customer) => `Backup-Konten von ${customer}`,
    intro: (customer) => `dies ist eine Übersicht der Backup-Konten von ${customer}.`,
    noAccounts: "Es gibt noch keine Backup-Konten.",
    more: (count, written) => (count === 1 ? "und ein weiteres Konto" : `und ${written} weitere Konten`),
    noPasswords: "Aus Sicherheitsgründen enthält diese E-Mail keine Passwörter.",
  },
  trialNotice: {
    customer: {
      subject: (customer, timeLeft) => `Ihre Backup-Testphase für ${customer} endet ${timeLeft}`,
      intro: (customer, timeLeft, end) =>
        `die Testphase unseres Backup-Dienstes für ${customer} endet ${timeLeft}, am ${end}.`,
      goesOn:
        "Danach geht der Dienst automatisch in den regulären, kostenpflichtigen Betrieb über; Sie müssen nichts tun. Ab diesem Zeitpunkt wird er in Rechnung gestellt.",
      otherwise: (sender) =>
        `Falls Sie den Dienst nicht weiter nutzen möchten, wenden Sie sich bitte vorher an ${sender}.`,
    },
    seller: {
      subject: (customer, timeLeft) => `Die Backup-Testphase von ${customer} endet ${timeLeft}`,
      intro: (customer, timeLeft, end) =>
        `die Testphase des Backup-Dienstes für Ihren Kunden ${customer} endet ${timeLeft}, am ${end}.`,
      goesOn:
        "Danach beginnt automatisch der Produktivbetrieb. Ab diesem Zeitpunkt wird dem Kunden der Dienst in Rechnung gestellt.",
      otherwise: () =>
        "Falls Ihr Kunde den Dienst nicht weiter nutzen möchte, veranlassen Sie bitte vorher das Nötige.",
    },
  },
  trialEnded: {
    customer: {
      subject: (customer) => `Ihre Backup-Testphase für ${customer} ist beendet`,
      ended: (customer, end) => `die Testphase unseres Backup-Dienstes für ${customer} ist am ${end} abgelaufen.`,
      endedEarly: (customer, end) =>
        `die Testphase unseres Backup-Dienstes für ${customer} wurde am ${end} vorzeitig beendet.`,
      goesOn:
        "Seitdem läuft der Dienst im regulären, kostenpflichtigen Betrieb. Ab diesem Zeitpunkt wird er in Rechnung gestellt, für den angebrochenen Monat anteilig.",
    },
    seller: {
      subject: (customer) => `Die Backup-Testphase von ${customer} ist beendet`,
      ended: (customer, end) =>
        `die Testphase des Backup-Dienstes für Ihren Kunden ${customer} ist am ${end} abgelaufen.`,
      endedEarly: (customer, end) =>
        `die Testphase des Backup-Dienstes für Ihren Kunden ${customer} wurde am ${end} vorzeitig beendet.`,
      goesOn:
        "Seitdem ist der Kunde im Produktivbetrieb. Ab diesem Zeitpunkt wird ihm der Dienst in Rechnung gestellt, für den angebrochenen Monat anteilig.",
    },
  },
  accountTrialEnded: {
    subject: (customer) => `Die Testphase Ihres Backup-Kontos für ${customer} ist beendet`,
    intro: (customer, end) => `die Testphase Ihres Backup-Kontos für ${customer} ist am ${end} abgelaufen.`,
    suspended:
      "Das Konto ist daher gesperrt: Die zugehörigen Computer sichern keine Daten mehr. Bereits gesicherte Daten sind noch vorhanden.",
    deadline: (deletion) =>
      `Wird das Konto nicht auf einen kostenpflichtigen Tarif umgestellt, wird es am ${deletion} gelöscht.`,
    keep: (sender) => `Wenn Sie das Konto behalten möchten, wenden Sie sich bitte vorher an ${sender}.`,
  },
  accountTrialDeleted: {
    subject: (customer) => `Ihr Backup-Konto für ${customer} wurde gelöscht`,
    intro: (customer, deletion) =>
      `Ihr Backup-Konto für ${customer} wurde am ${deletion} gelöscht, weil seine Testphase abgelaufen war und es nicht auf einen kostenpflichtigen Tarif umgestellt wurde.`,
    deadline: (purge) =>
      `Bis zum ${purge} kann es wiederhergestellt werden. Danach werden seine Daten endgültig gelöscht.`,
    restore: (sender) =>
      `Wenn Sie das Konto oder seine Daten noch benötigen, wenden Sie sich bitte vorher an ${sender}.`,
  },
  limits: {
    subject: (customer) => `Eine Grenze von ${customer} ist fast erreicht`,
    digestSubject: (count, written) => `${written} ${count === 1 ? "Grenze ist" : "Grenzen sind"} fast erreicht`,
    intro: {
      owner: (customer) => `eine Grenze der Datensicherung für ${customer} ist fast oder ganz ausgeschöpft.`,
      seller: (customer) => `eine Grenze Ihres Kunden ${customer} ist fast oder ganz ausgeschöpft.`,
    },
    digestIntro: (count, written) =>
      count === 1
        ? "diese Grenze wurde seit der letzten Übersicht teilweise oder ganz ausgeschöpft."
        : `diese ${written} Grenzen wurden seit der letzten Übersicht teilweise oder ganz ausgeschöpft.`,
    names: {
      space: "Speicherplatz",
      softSpace: "Speicherplatz",
      licences: "Lizenzen",
      devices: "Geräte",
      quota: "Kontingent eines Kontos",
    },
    soft: "weiche Grenze",
    share: (used, limit) => `${used} von ${limit}`,
    more: (_count, written) => `und ${written} weitere`,
    todo: {
      owner: "Ist eine Grenze ganz ausgeschöpft, werden Sicherungen oder neue Geräte abgelehnt, bis wieder Platz ist.",
      seller:
        "Ist eine Grenze ganz ausgeschöpft, werden Sicherungen oder neue Geräte abgelehnt, bis sie erhöht oder etwas entfernt wird.",
    },
  },
  invoice: {
    subject: {
      invoice: (number, seller) => `Rechnung ${number} von ${seller}`,
      "credit-note": (number, seller) => `Gutschrift ${number} von ${seller}`,
    },
    intro: {
      invoice: (number) => `Die Rechnung ${number} liegt als PDF-Datei bei.`,
      "credit-note": (number) => `Die Gutschrift ${number} liegt als PDF-Datei bei.`,
    },
    period: "Zeitraum",
    days: (from, to) => `${from} bis ${to}`,
    total: "Gesamtbetrag",
    due: "Zahlbar bis",
    credits: "Storniert die Rechnung",
  },
  customersMoved: {
    subject: {
      to: (count, written, seller) =>
        count === 1 ? `Ein Kunde wurde zu ${seller} verschoben` : `${written} Kunden wurden zu ${seller} verschoben`,
      away: (count, written, seller) =>
        count === 1
          ? `Ein Kunde wurde von ${seller} weg verschoben`
          : `${written} Kunden wurden von ${seller} weg verschoben`,
      both: (_count, written, seller) => `${written} Kunden wurden zu ${seller} und von dort weg verschoben`,
    },
    intro: (count, written) => (count === 1 ? "ein Kunde wurde verschoben:" : `${written} Kunden wurden verschoben:`),
    came: "zu Ihnen verschoben",
    went: "von Ihnen weg verschoben",
    more: (_count, written) => `und ${written} weitere`,
    sight:
      "Kunden, die zu Ihnen verschoben wurden, sehen und verwalten Sie jetzt. Die anderen sehen Sie nicht mehr. Daten, Computer und Grenzen der Kunden bleiben, wie sie sind.",
  },
  events: {
    subject: (written, customer) => `${written} Ereignisse: ${customer}`,
    intro: (count, written, handler) =>
      count === 1
        ? `„${handler}“ hat von einem Ereignis erfahren:`
        : `„${handler}“ hat von ${written} Ereignissen erfahren:`,
    more: (_count, written) => `und ${written} weitere`,
    disabled: (handler) => `„${handler}“ bekommt keine Ereignisse mehr`,
    failing: "der Empfänger hat drei Tage lang kein Ereignis angenommen. Wir rufen ihn nicht mehr auf.",
    gone: "der Empfänger sagt, dass es ihn nicht mehr gibt. Wir rufen ihn nicht mehr auf.",
    todo: "Was bis auf Weiteres geschieht, wird ihm nicht nachgeschickt. Sobald er wieder bereit ist, schalten Sie den Ereignis-Handler wieder ein.",
  },
  report,
} satisfies Texts;
