import type { Texts } from "../texts.ts";

export const settings: Texts["settings"] = {
  area: "Einstellungen",
  readOnly: "Mit Ihrer Rolle können Sie diese Einstellungen ansehen, aber nicht ändern.",
  saved_one: "{{count}} Einstellung wurde gespeichert.",
  saved_other: "{{count}} Einstellungen wurden gespeichert.",
  which: "geerbt oder eigen",
  inherit: "Erben",
  default: "Vorgabe",
  own: "Eigen",
  on: "An",
  off: "Aus",
  decidedAbove: "Wird oben entschieden",
  source: {
    here: "Hier festgelegt",
    default: "Vorgabe des Produkts",
    from: "Von {{name}}",
    above: "Von oben: {{level}}",
  },
  words: {
    alerts: {
      limits: { mail: "Sofort, per E-Mail", digest: "Einmal am Tag, per E-Mail", off: "Gar nicht" },
      moves: { mail: "Per E-Mail", off: "Gar nicht" },
    },
    access: { secondFactor: { optional: "Freiwillig", required: "Verlangt" } },
  },
  throttle: {
    title: "Bandbreitenbegrenzung",
    hint: "Wie schnell jede Sicherung senden darf. Als Ganzes geerbt oder eigen.",
    never: "Nicht begrenzt",
    limit: "Höchstens {{amount}} in der Sekunde",
    hours: "von {{from}} bis {{to}} Uhr",
    allDay: "ganztägig",
    notAtWeekend: "nicht am Wochenende",
    enabled: "Sicherungen begrenzen",
    perSecond: "Grenze je Sicherung",
    perSecondHint: "Menge in einer Sekunde.",
    when: "Wann",
    fromTo: "zu bestimmten Stunden",
    from: "Von",
    to: "Bis",
    acrossMidnight: "Vor dem Beginn: Die Zeit läuft über Mitternacht.",
    offAtWeekend: "Samstags und sonntags aus",
    throttled: "begrenzt",
    free: "volle Geschwindigkeit",
    draw: "Mit dem Zeiger können Sie die Stunden auch in die Woche zeichnen. Es gilt die Zeitzone des Kunden.",
  },
  fields: {
    trial: {
      days: { label: "Länge der Testphase", hint: "Tage, für Kunden und Konten." },
      extensionDays: { label: "Verlängerung der Testphase", hint: "Um höchstens so viele Tage, einmal; 0: gar nicht." },
      spaceBytes: { label: "Speicher in der Testphase", hint: "Grenze eines Kontos in der Testphase." },
      deleteAfterDays: {
        label: "Löschung nach der Testphase",
        hint: "Tage vom Ende der Testphase eines Kontos bis zu seiner Löschung.",
      },
    },
    mail: {
      enabled: {
        label: "E-Mails senden",
        hint: "Aus: Kontodaten werden nicht verschickt, Passwörter werden von Hand gesetzt.",
      },
      senderName: { label: "Name des Absenders", hint: "Was Empfänger als Absender sehen." },
      setupUrl: {
        label: "Einrichtungsseite",
        hint: "Wohin E-Mails führen, um die Sicherungssoftware zu installieren.",
      },
    },
    alerts: {
      limits: { label: "Grenzen", hint: "Wie diese Stufe von Grenzen erfährt, die fast oder ganz aufgebraucht sind." },
      moves: {
        label: "Verschiebungen",
        hint: "Ob sie von Kunden erfährt, die zu ihr oder von ihr weg verschoben werden.",
      },
    },
    watchlist: {
      noBackupDays: {
        label: "Tage ohne Sicherung",
        hint: "Nach so vielen Tagen ohne erfolgreiche Sicherung braucht ein Gerät Aufmerksamkeit.",
      },
      notSeenDays: {
        label: "Tage ohne Kontakt: Computer",
        hint: "Nach so vielen Tagen gilt das für Arbeitsplätze und Laptops, die sich nicht melden.",
      },
      serverNotSeenDays: {
        label: "Tage ohne Kontakt: Server",
        hint: "Nach so vielen Tagen gilt das für Server, die sich nicht melden.",
      },
      minimumAgentVersion: {
        label: "Älteste Softwareversion",
        hint: "Ältere Sicherungssoftware braucht Aufmerksamkeit.",
      },
    },
    portal: {
      enabled: {
        label: "Portal",
        hint: "Ob Konten sich anmelden können. Hier abgeschaltet, kann es keine Stufe darunter einschalten.",
      },
      switchAccounts: { label: "Konto wechseln", hint: "Ob sie zu anderen Konten ihres Kunden wechseln können." },
      changeQuota: { label: "Eigene Grenze ändern", hint: "Ob sie sich selbst eine Grenze setzen können." },
      restore: { label: "Wiederherstellen", hint: "Ob sie lesen können, was ihre Geräte gespeichert haben." },
    },
    access: {
      secondFactor: {
        label: "Zweiter Faktor",
        hint: "Ob Benutzer mehr als ein Passwort nachweisen müssen. Konten haben keinen zweiten Faktor: Wo er verlangt wird, können sie sich nicht am Portal anmelden.",
      },
    },
    log: {
      retentionDays: {
        label: "Tage, die das Protokoll bleibt",
        hint: "Für Einträge ab jetzt; mindestens 400. Keine: für immer.",
      },
    },
    deletion: {
      graceDays: { label: "Karenzzeit", hint: "Tage, in denen Gelöschtes wiederhergestellt werden kann." },
      customersPerHour: {
        label: "Löschungen je Stunde",
        hint: "Kunden, die ein Benutzer oder Schlüssel in einer Stunde löschen darf.",
      },
    },
    moves: {
      mergeAndSplit: {
        label: "Zusammenführen und abspalten",
        hint: "Ob Kunden zusammengeführt und Konten in einen neuen abgespalten werden können.",
      },
    },
    storage: {
      closedLocations: {
        label: "Geschlossene Speicherorte",
        hint: "Sie nehmen keine neuen Kunden auf; bestehende bleiben.",
      },
    },
  },
  groups: {
    trial: { title: "Testphasen", hint: "Jede Stufe darf einengen, was sie erbt, nicht ausweiten." },
    mail: { title: "E-Mail", hint: "An Kunden, Konten und Benutzer." },
    alerts: { title: "Hinweise", hint: "Wie diese Stufe per E-Mail informiert wird." },
    watchlist: { title: "Aufmerksamkeit", hint: "Wann ein Gerät Aufmerksamkeit braucht." },
    portal: {
      title: "Portal der Konten",
      hint: "Was Benutzer von Konten selbst dürfen. Was eine Stufe verbietet, kann keine darunter erlauben.",
    },
    access: { title: "Zugang", hint: "Eine Stufe kann es von ihrem Zweig verlangen; keine darunter kann es aufheben." },
    log: { title: "Protokoll", hint: "Was in diesem Zweig getan wurde und von wem." },
    deletion: { title: "Löschungen", hint: "Der Anbieter entscheidet für die ganze Installation." },
    moves: { title: "Zusammenführen und Abspalten", hint: "Der Anbieter entscheidet für die ganze Installation." },
    storage: { title: "Speicherorte", hint: "Der Anbieter entscheidet für die ganze Installation." },
  },
};
