import type { ReportTexts } from "./texts.ts";

export const report = {
  kinds: {
    watchlist: "Geräte, die Aufmerksamkeit brauchen",
    "event-log": "Ereignisse",
    "all-customers": "Alle Kunden",
    consolidated: "Alle Geräte",
    activity: "Aktivität",
  },
  subject: (verdict, customer) => `${verdict} – ${customer}`,
  devices: (attention, devices, written) =>
    attention > 0
      ? devices === 1
        ? "Das einzige Gerät braucht Aufmerksamkeit"
        : `${written.attention} von ${written.devices} Geräten ${attention === 1 ? "braucht" : "brauchen"} Aufmerksamkeit`
      : devices === 1
        ? "Das einzige Gerät ist geschützt"
        : `Alle ${written.devices} Geräte sind geschützt`,
  noDevices: "Noch keine Geräte",
  events: (count, written) =>
    count === 0 ? "Nichts ist geschehen" : `${written} ${count === 1 ? "Ereignis" : "Ereignisse"}`,
  customers: (count, written) => `${written} ${count === 1 ? "Kunde" : "Kunden"}`,
  jobs: (failed, written, all) =>
    all === 0
      ? "Keine Vorgänge"
      : all === 1
        ? `Der einzige Vorgang ${failed === 1 ? "ist fehlgeschlagen" : "war erfolgreich"}`
        : failed === 0
          ? `Alle ${written.all} Vorgänge erfolgreich`
          : `${written.failed} von ${written.all} Vorgängen fehlgeschlagen`,
  intro: (customer, verdict) => `${customer}: ${verdict}.`,
  calm: "Nichts braucht Ihre Aufmerksamkeit.",
  asOf: (moment) => `Stand: ${moment}`,
  period: (from, to) => `Vom ${from} bis ${to}`,
  missed: (count, written) =>
    count === 1
      ? "Ein früherer Bericht konnte nicht verschickt werden. Dieser Bericht umfasst auch dessen Zeitraum."
      : `${written} frühere Berichte konnten nicht verschickt werden. Dieser Bericht umfasst auch deren Zeitraum.`,
  labels: {
    protected: "Geschützt",
    attention: "Zu prüfen",
    used: "Belegt",
    of: (amount) => `von ${amount}`,
    unchanged: "unverändert",
    reasons: "Gründe",
    trend: "Zu prüfende Geräte in den letzten Berichten",
    devices: "Geräte",
    customers: "Kunden",
    events: "Was geschehen ist",
    jobs: "Vorgänge",
    failures: "Fehlgeschlagene Vorgänge",
    since: "seit",
    lastSuccess: "Letzte erfolgreiche Sicherung",
    never: "noch keine",
    failuresSince: (count, written, ever) =>
      `${ever ? "" : "seitdem "}${written} ${count === 1 ? "Fehlschlag" : "Fehlschläge"}`,
    usedBytes: "Belegt",
    licences: (count, used, limit) =>
      limit === null ? `${used} ${count === 1 ? "Lizenz" : "Lizenzen"} belegt` : `${used} von ${limit} Lizenzen belegt`,
    deviceCount: (count, written) => `${written} ${count === 1 ? "Gerät" : "Geräte"}`,
    needAttention: (count, written) => `${written} ${count === 1 ? "braucht" : "brauchen"} Aufmerksamkeit`,
    inactive: "deaktiviert",
    inTrial: "in der Testphase",
    fine: "Geschützt",
    succeeded: "erfolgreich",
    warning: "mit Warnungen",
    failed: "fehlgeschlagen",
    last: "zuletzt",
    by: "durch",
  },
  more: (_count, written) => `und ${written} weitere`,
  attached: "Die angehängte Datei enthält die vollständige Liste.",
  tooLarge: "Die vollständige Liste ist für eine E-Mail zu groß. Sie finden sie über die API oder in der Konsole.",
  unsubscribe: "Diesen Bericht abbestellen",
  why: (customer) => `Sie erhalten diesen Bericht, weil Ihre Adresse bei ${customer} eingetragen ist.`,
  page: {
    title: "Bericht abbestellen",
    question: (report, customer, address) =>
      `Soll ${address} keine Berichte „${report}“ über ${customer} mehr erhalten?`,
    button: "Abbestellen",
    done: (report, customer, address) => `${address} erhält keine Berichte „${report}“ über ${customer} mehr.`,
    unknown: "Dieser Link ist nicht mehr gültig. Der Bericht wurde beendet, oder sein Empfänger wurde entfernt.",
  },
  reasons: {
    identity_conflict: {
      what: "Zwei Computer melden sich als dieses Gerät",
      todo: "Entscheiden Sie in der Konsole oder über die API, welcher es behält.",
    },
    repeated_failures: {
      what: "Mehrere Sicherungen in Folge sind fehlgeschlagen",
      todo: "Prüfen Sie die Fehlermeldung auf dem Computer und starten Sie eine Sicherung von Hand.",
    },
    overdue: {
      what: "Seit Tagen keine erfolgreiche Sicherung",
      todo: "Prüfen Sie, ob der Computer läuft und seine Sicherung geplant ist.",
    },
    never_backed_up: {
      what: "Noch nie gesichert",
      todo: "Richten Sie die erste Sicherung ein, oder löschen Sie das Gerät, wenn es nicht gebraucht wird.",
    },
    licence_missing: {
      what: "Keine Lizenz ist frei",
      todo: "Erhöhen Sie die Anzahl der Lizenzen, oder löschen Sie ein ungenutztes Gerät.",
    },
    backup_failed: {
      what: "Die letzte Sicherung ist fehlgeschlagen",
      todo: "Prüfen Sie die Fehlermeldung auf dem Computer; die nächste Sicherung kann gelingen.",
    },
    not_seen: {
      what: "Hat sich seit Tagen nicht gemeldet",
      todo: "Prüfen Sie, ob der Computer eingeschaltet und verbunden ist.",
    },
    quota_high: {
      what: "Der Speicherplatz ist fast aufgebraucht",
      todo: "Erhöhen Sie das Kontingent, oder entfernen Sie Daten, die nicht gesichert werden müssen.",
    },
    pending: { what: "Wartet auf Freigabe", todo: "Geben Sie das Gerät frei, oder löschen Sie es." },
    possible_duplicate: {
      what: "Ein neueres Gerät hat denselben Namen",
      todo: "Ersetzen Sie dieses Gerät durch das neuere, wenn es derselbe Computer ist.",
    },
    data_misplaced: {
      what: "Daten liegen nicht dort, wo sie liegen sollen",
      todo: "Wenden Sie sich sofort an den Support des Anbieters. Die Seite zum Speicher des Kunden zeigt, was abweicht.",
    },
    agent_outdated: {
      what: "Die Sicherungssoftware ist veraltet",
      todo: "Aktualisieren Sie die Sicherungssoftware auf dem Computer.",
    },
    backup_warning: {
      what: "Die letzte Sicherung endete mit einer Warnung",
      todo: "Prüfen Sie die Warnung; einige Dateien wurden vielleicht nicht gesichert.",
    },
  },
  jobTypes: { backup: "Sicherung", restore: "Wiederherstellung", delete: "Löschung", replication: "Replikation" },
  levels: {
    provider: "Anbieter",
    distributor: "Distributor",
    "sub-distributor": "Subdistributor",
    reseller: "Reseller",
    "end-customer": "Kunde",
    site: "Standort",
  },
  actors: {
    apiKey: "API-Schlüssel",
    account: "Konto",
    device: "Gerät",
    enrolmentKey: "Anmeldeschlüssel",
    system: "System",
  },
  eventTypes: {
    ProviderBootstrapped: "Anbieter eingerichtet",
    CustomerCreated: "Kunde angelegt",
    CustomerUpdated: "Kunde geändert",
    CustomerActivated: "Kunde aktiviert",
    CustomerDeactivated: "Kunde deaktiviert",
    CustomerDeleted: "Kunde gelöscht",
    CustomerRestored: "Kunde wiederhergestellt",
    CustomerPurged: "Kunde endgültig entfernt",
    PurgeRequested: "Vorzeitige Entfernung beantragt",
    PurgeApproved: "Vorzeitige Entfernung genehmigt",
    TrialExtended: "Testphase verlängert",
    TrialEnded: "Testphase beendet",
    StorageLocationChanged: "Speicherort geändert",
    ResidencyDiffers: "Daten liegen nicht dort, wo sie liegen sollen",
    ResidencyRestored: "Daten liegen wieder dort, wo sie liegen sollen",
    StorageServerCreated: "Speicherserver angelegt",
    StorageServerUpdated: "Speicherserver geändert",
    StorageServerTokenRenewed: "Speicherserver hat ein neues Token",
    StorageServerDeleted: "Speicherserver gelöscht",
    StorageServerChosen: "Speicherserver gewählt",
    SettingsUpdated: "Einstellungen geändert",
    ApiKeyCreated: "API-Schlüssel erstellt",
    ApiKeyRevoked: "API-Schlüssel widerrufen",
    ApiKeyExpired: "API-Schlüssel abgelaufen",
    ServicePlanSaved: "Tarif gespeichert",
    ServicePlanRetired: "Tarif zurückgezogen",
    AccountCreated: "Konto angelegt",
    AccountUpdated: "Konto geändert",
    AccountDeleted: "Konto gelöscht",
    AccountRestored: "Konto wiederhergestellt",
    AccountPurged: "Konto endgültig entfernt",
    AccountTrialEnded: "Testphase eines Kontos beendet",
    AccountDetailsQueued: "Kontodaten verschickt",
    PasswordReset: "Passwort zurückgesetzt",
    PasswordChanged: "Passwort geändert",
    ContactCreated: "Kontakt angelegt",
    ContactUpdated: "Kontakt geändert",
    ContactDeleted: "Kontakt gelöscht",
    AddressSuppressed: "Adresse erhält keine E-Mails mehr",
    AddressReleased: "Adresse erhält wieder E-Mails",
    MailFailed: "E-Mail nicht zustellbar",
    DeviceEnrolled: "Gerät angemeldet",
    DeviceReenrolled: "Gerät erneut angemeldet",
    DeviceIdentityConflict: "Zwei Computer als ein Gerät",
    DeviceIdentityResolved: "Identität eines Geräts geklärt",
    DevicePossibleDuplicate: "Mögliches Doppel eines Geräts",
    DeviceReplaced: "Gerät ersetzt",
    DeviceCreated: "Gerät angelegt",
    DeviceApproved: "Gerät freigegeben",
    DeviceUpdated: "Gerät geändert",
    DeviceActivated: "Gerät aktiviert",
    DeviceSuspended: "Gerät gesperrt",
    DeviceDeleted: "Gerät gelöscht",
    DeviceRestored: "Gerät wiederhergestellt",
    DevicePurged: "Gerät endgültig entfernt",
    LicenceDrawn: "Lizenz belegt",
    BackupSetCreated: "Sicherungssatz angelegt",
    BackupSetUpdated: "Sicherungssatz geändert",
    BackupSetDeleted: "Sicherungssatz gelöscht",
    EnrolmentKeyCreated: "Anmeldeschlüssel erstellt",
    EnrolmentKeyRevoked: "Anmeldeschlüssel widerrufen",
    ThresholdCrossed: "Grenze fast erreicht",
    ReportSubscriptionCreated: "Bericht abonniert",
    ReportSubscriptionUpdated: "Berichtsabonnement geändert",
    ReportSubscriptionDeleted: "Berichtsabonnement beendet",
    ReportUnsubscribed: "Bericht abbestellt",
    ServiceCreated: "Dienst angelegt",
    ServiceUpdated: "Dienst geändert",
    ServiceEnded: "Dienst beendet",
  },
} satisfies ReportTexts;
