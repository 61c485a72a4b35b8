import type { Texts } from "../texts.ts";

export const problems: Texts["problems"] = {
  byCode: {
    account_deleted: "Das Konto ist gelöscht. Stellen Sie es zuerst wieder her.",
    address_suppressed:
      "E-Mails an diese Adresse kamen zurück oder wurden abgelehnt. Verwenden Sie eine andere Adresse oder geben Sie den Kontakt wieder frei.",
    allotment_exceeded:
      "Die übergeordnete Ebene hat nicht so viel frei. Verlangen Sie weniger oder erhöhen Sie zuerst deren Grenze.",
    branch_deactivated: "Ihre Organisation ist deaktiviert, Sie können nur lesen. Bitten Sie um die Reaktivierung.",
    changes_refused:
      "Einige Änderungen sind nicht möglich. Sehen Sie sich die markierten Zeilen an; nichts wurde gespeichert.",
    code_required: "Geben Sie auch den Code Ihrer Authenticator-App ein.",
    confirmation_required: "Der Name stimmt nicht überein. Geben Sie ihn genau so ein, wie er angezeigt wird.",
    conflict: "Jemand anderes ändert dies im selben Moment. Versuchen Sie es erneut.",
    contact_in_use: "Konten verwenden diesen Kontakt noch. Geben Sie ihnen zuerst einen anderen.",
    contact_of_other_customer:
      "Dieser Kontakt gehört einem anderen Kunden. Wählen Sie einen dieses Kunden oder geben Sie einen neuen ein.",
    contact_required: "Wählen Sie einen Kontakt oder geben Sie einen neuen ein.",
    credential_superseded:
      "Ein anderer Computer hat sich als dieses Gerät angemeldet. Klären Sie die Identität auf der Seite des Geräts.",
    cross_site_request:
      "Die Anfrage kam von einer anderen Seite. Laden Sie die Konsole neu und versuchen Sie es erneut.",
    currency_unknown: "Diese Währung gibt es nicht. Wählen Sie eine aus der Liste.",
    customer_deleted: "Der Kunde ist gelöscht. Stellen Sie ihn zuerst wieder her.",
    data_shared: "Ein anderes Gerät teilt diese Daten. Klären Sie zuerst, welches sie behält.",
    data_stored:
      "Dort können bereits Daten liegen. Bestätigen Sie, dass Sie das wissen, oder warten Sie, bis sie entfernt sind.",
    default_customer:
      "Jeder Reseller behält seinen Standardkunden. Er lässt sich umbenennen, aber nicht verschieben oder löschen.",
    deletion_limit:
      "Sie haben so viele Kunden gelöscht, wie in einer Stunde erlaubt sind. Warten Sie oder lassen Sie den Rest von jemand anderem löschen.",
    device_deleted: "Das Gerät ist gelöscht. Stellen Sie es zuerst wieder her.",
    device_limit:
      "Der Kunde hat so viele Geräte, wie er haben darf. Erhöhen Sie das Gerätelimit oder löschen Sie ein Gerät.",
    device_not_pending: "Dieses Gerät wartet nicht mehr auf eine Freigabe. Laden Sie neu, um seinen Zustand zu sehen.",
    device_replaced: "Ein anderes Gerät hat dieses abgelöst. Arbeiten Sie mit jenem weiter.",
    discount_over_100: "Ein Rabatt kann nicht über 100 Prozent liegen.",
    expiry_in_past: "Das Datum liegt in der Vergangenheit. Wählen Sie eines in der Zukunft.",
    external_ref_taken: "Ein anderer Datensatz hat diese Referenz. Verwenden Sie eine andere.",
    file_unreadable:
      "Die Datei lässt sich nicht lesen. Speichern Sie sie als CSV in UTF-8 und versuchen Sie es erneut.",
    forbidden: "Ihre Rolle erlaubt das nicht. Wenden Sie sich an einen Administrator Ihrer Organisation.",
    grant_expired: "Die Freigabe zur Sicherung ist abgelaufen. Die Sicherungssoftware holt selbst eine neue.",
    idempotency_key_reused: "Die Anfrage wurde zweimal mit verschiedenem Inhalt gesendet. Versuchen Sie es erneut.",
    immutable: "Das lässt sich nach dem Anlegen nicht mehr ändern.",
    internal:
      "Bei uns ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal; bleibt es dabei, nennen Sie dem Support die Anfrage-ID.",
    invalid_cursor: "Die Liste hat sich zu stark verändert. Laden Sie sie neu.",
    invalid_event_handler: "Dieser Handler kann so nicht arbeiten. Berichtigen Sie die markierten Felder.",
    invalid_figure: "Diese Angabe ist nicht möglich. Berichtigen Sie sie und versuchen Sie es erneut.",
    invalid_ids: "Diese Auswahl lässt sich so nicht verwenden. Wählen Sie neu aus.",
    invalid_request: "Einige Angaben sind ungültig. Berichtigen Sie die markierten Felder.",
    invalid_subscription: "Dieser Bericht kann so nicht versendet werden. Berichtigen Sie die markierten Felder.",
    invalid_time: "Dieser Zeitpunkt ist nicht möglich. Wählen Sie einen anderen.",
    period_open: "Dieser Monat ist noch nicht vorbei. Er kann abgerechnet werden, sobald sein letzter Tag erfasst ist.",
    invoice_blocked: "Die Rechnung kann noch nicht gestellt werden. Was dagegen spricht, steht unten.",
    invoice_issued:
      "Die Rechnung ist gestellt und bleibt, wie sie ist. Stornieren Sie sie stattdessen durch eine Gutschrift.",
    invoice_state: "Die Rechnung hat inzwischen einen anderen Stand. Laden Sie die Seite neu.",
    key_in_use: "Der Schlüssel wird verwendet. Ersetzen Sie ihn dort zuerst und versuchen Sie es dann erneut.",
    last_admin:
      "Der Anbieter braucht mindestens einen Administrator. Geben Sie zuerst einem anderen Benutzer diese Rolle.",
    level_fixed: "Unter dieser Ebene ist nur eine Stufe möglich. Lassen Sie die Stufe, wie sie ist.",
    level_not_allowed:
      "Diese Stufe ist hier nicht möglich. Wählen Sie eine andere Stufe oder eine andere übergeordnete Ebene.",
    level_required: "Wählen Sie die Stufe des neuen Kunden.",
    licence_exhausted: "Es ist keine Lizenz frei. Erhöhen Sie die Anzahl der Lizenzen oder geben Sie eine frei.",
    limit_below_committed:
      "Darunter ist bereits mehr verbraucht oder zugeteilt. Wählen Sie eine höhere Grenze oder nehmen Sie zuerst etwas zurück.",
    link_invalid: "Dieser Link ist abgelaufen oder wurde schon benutzt. Fordern Sie einen neuen an.",
    location_closed: "Dieser Speicherort nimmt keine neuen Kunden auf. Wählen Sie einen anderen.",
    location_fixed: "Der Speicherort ergibt sich aus dem Land und lässt sich nicht wählen.",
    location_required: "In diesem Land gibt es keinen Speicher. Wählen Sie einen Speicherort.",
    login_taken: "Dieser Benutzername ist vergeben. Wählen Sie einen anderen.",
    machine_taken:
      "Dieser Computer ist schon ein Gerät eines anderen Kontos. Verwenden Sie jenes Gerät oder verschieben Sie es.",
    mail_disabled:
      "E-Mail ist für diesen Kunden ausgeschaltet. Schalten Sie sie in den Einstellungen ein oder setzen Sie selbst ein Passwort.",
    malformed_json: "Die Anfrage wurde unterwegs beschädigt. Versuchen Sie es erneut.",
    merge_disabled:
      "Zusammenführen und Aufteilen ist ausgeschaltet. Der Anbieter kann es in den Einstellungen einschalten.",
    method_not_allowed: "Die Konsole passt nicht zum Dienst. Laden Sie die Seite neu.",
    migration_open: "Eine Seed-Migration ist noch nicht beendet. Schließen Sie sie ab oder brechen Sie sie ab.",
    migration_outdated: "Der Speicherserver des Kunden hat sich inzwischen geändert. Beginnen Sie eine neue Migration.",
    migration_step_not_next: "Dieser Schritt ist jetzt nicht möglich. Halten Sie die gezeigte Reihenfolge ein.",
    move_below_itself: "Ein Kunde kann nicht unter sich selbst verschoben werden. Wählen Sie ein anderes Ziel.",
    move_refused:
      "Der Kunde kann nicht dorthin verschoben werden. Sehen Sie sich die Gründe an oder wählen Sie ein anderes Ziel.",
    move_running: "Gerade werden Konten verschoben. Warten Sie, bis die Aufgabe beendet ist.",
    name_taken: "Dieser Name ist vergeben. Wählen Sie einen anderen.",
    networks_not_allowed: "Zugang aus diesen Netzen dürfen Sie nicht vergeben.",
    not_applicable: "Das ist hier nicht möglich. Laden Sie neu, um den aktuellen Stand zu sehen.",
    not_available_for_cloud_storage: "Das gibt es nur für Kunden mit eigenem Speicher.",
    not_deleted: "Es ist nicht gelöscht. Laden Sie neu, um den Zustand zu sehen.",
    not_found: "Das gibt es nicht, oder es liegt außerhalb Ihrer Organisation.",
    not_undoable: "Es gibt nichts mehr rückgängig zu machen.",
    nothing_stored: "Es ist noch nichts gespeichert, also gibt es nichts wiederherzustellen.",
    number_out_of_order:
      "Es gibt schon Nummern eines späteren Jahres. Stellen Sie diese Rechnung mit dem heutigen Datum.",
    own_access: "Ihren eigenen Zugang können Sie nicht ändern. Bitten Sie einen anderen Administrator.",
    passkey_copied: "Dieser Passkey wurde anscheinend kopiert. Entfernen Sie ihn und richten Sie einen neuen ein.",
    password_change_required: "Ändern Sie zuerst Ihr Passwort.",
    password_too_weak: "Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein längeres.",
    payload_too_large: "Das ist zu viel auf einmal. Senden Sie weniger.",
    plan_of_parent: "Ein Unterkonto hat den Tarif seines Hauptkontos.",
    plan_required: "Wählen Sie einen Tarif.",
    plan_retired: "Dieser Tarif wird nicht mehr angeboten. Wählen Sie einen anderen.",
    plan_taken:
      "Der Kunde hat für diesen Tarif schon ein Hauptkonto. Wählen Sie einen anderen Tarif oder legen Sie ein Unterkonto an.",
    plan_unknown: "Diesen Tarif gibt es nicht. Wählen Sie einen aus der Liste.",
    precondition_failed:
      "Jemand hat dies geändert, seit Sie es geöffnet haben. Vergleichen Sie und speichern Sie erneut.",
    price_negative: "Ein Preis kann nicht unter 0 liegen. Korrigieren Sie das markierte Feld.",
    prices_in_force:
      "Diese Preise gelten schon und bleiben, wie sie sind. Fügen Sie Preise hinzu, die ab einem späteren Tag gelten.",
    proof_required: "Bestätigen Sie, dass Sie es sind.",
    provider_exists: "Diese Installation hat schon einen Anbieter.",
    provider_permanent: "Der Anbieter kann nicht gelöscht werden.",
    purge_not_requested: "Niemand hat eine vorzeitige endgültige Löschung beantragt. Beantragen Sie sie zuerst.",
    purged: "Es wurde endgültig entfernt und lässt sich nicht zurückholen.",
    quota_not_allowed: "Dieses Kontingent ist hier nicht möglich. Wählen Sie eines innerhalb der Grenzen.",
    rate_limited: "Zu viele Anfragen. Warten Sie einen Moment und versuchen Sie es erneut.",
    replication_to_itself: "Die Daten würden dorthin kopiert, wo sie schon liegen. Wählen Sie ein anderes Ziel.",
    report_too_large:
      "Der Bericht ist zu groß, um angezeigt zu werden. Grenzen Sie ihn ein oder lassen Sie ihn per E-Mail senden.",
    role_not_allowed: "Diese Rolle können Sie nicht vergeben. Wählen Sie eine, die Ihre eigene nicht übersteigt.",
    second_factor_required: "Richten Sie zuerst einen zweiten Faktor ein.",
    second_person_needed: "Eine andere Person muss dies genehmigen.",
    server_in_use: "Kunden verwenden diesen Speicherserver noch. Wählen Sie zuerst einen anderen für sie.",
    service_type_in_use: "Darunter verwenden Kunden diese Serviceart noch. Ändern Sie diese zuerst.",
    service_type_not_allowed: "Die übergeordnete Ebene bietet diese Serviceart nicht an. Wählen Sie eine andere.",
    setting_not_narrower: "Eine übergeordnete Ebene erlaubt weniger. Wählen Sie einen Wert innerhalb des Geerbten.",
    soft_limit_above_limit: "Die Warngrenze liegt über der Grenze. Wählen Sie eine niedrigere.",
    space_exceeded: "Der Platz reicht nicht. Erhöhen Sie die Grenze des Ziels oder verschieben Sie weniger.",
    storage_location_differs: "Die Daten liegen an einem anderen Speicherort und können nicht zusammengeführt werden.",
    storage_server_differs:
      "Die Daten liegen auf einem anderen Speicherserver und können nicht zusammengeführt werden.",
    storage_server_required: "Der Kunde hat noch keinen Speicherserver. Wählen Sie zuerst einen.",
    sub_account_of_sub_account: "Ein Unterkonto kann keine Unterkonten haben. Wählen Sie das Hauptkonto.",
    target_inactive: "Das Ziel ist deaktiviert. Aktivieren Sie es zuerst oder wählen Sie ein anderes.",
    task_ended: "Diese Aufgabe ist schon beendet.",
    tax_not_exempt:
      "Was von der Steuer befreit ist, hat eine Steuer von 0. Entfernen Sie die Befreiung oder die Steuer.",
    tax_over_100: "Eine Steuer kann nicht über 100 Prozent liegen.",
    tiers_overlap: "Zwei Staffeln enden bei derselben Menge. Korrigieren Sie die markierte Staffel.",
    tiers_unordered:
      "Die Staffeln sind nicht in der richtigen Reihenfolge. Jede muss später enden als die vorige, und die letzte hat kein Ende.",
    too_many: "Die Höchstzahl ist erreicht. Löschen Sie etwas, das nicht mehr gebraucht wird.",
    trial_extended: "Diese Testphase wurde schon einmal verlängert; mehr ist nicht möglich.",
    trial_too_long: "Die Einstellungen erlauben keine so lange Testphase. Wählen Sie ein früheres Ende.",
    unauthenticated: "Ihre Sitzung ist beendet. Melden Sie sich erneut an.",
    unavailable: "Der Dienst ist ausgelastet. Versuchen Sie es gleich noch einmal.",
    undo_conflict: "Es wurde inzwischen geändert und lässt sich nicht mehr automatisch rückgängig machen.",
    unsupported_media_type: "Diese Art von Datei wird hier nicht angenommen. Verwenden Sie CSV oder NDJSON.",
    url_not_allowed:
      "Diese Adresse ist aus dem Internet nicht erreichbar. Verwenden Sie eine öffentliche https-Adresse.",
    versions_overlap: "Ab demselben Tag gelten schon andere Preise. Wählen Sie einen anderen Tag.",
    wrong_code: "Dieser Code ist nicht gültig. Warten Sie auf den nächsten und versuchen Sie es erneut.",
    wrong_passkey: "Dieser Passkey ist hier nicht gültig. Verwenden Sie einen anderen.",
    wrong_password: "Das Passwort ist falsch. Versuchen Sie es erneut.",
  },
  byRule: {
    custom: "Diese Angabe ist nicht gültig.",
    dry_run_too_long: "Die Probe hat zu lange gedauert. Teilen Sie die Datei auf oder starten Sie sie ohne Probe.",
    invalid_format: "Das ist nicht so geschrieben, wie es sein muss.",
    invalid_type: "Diese Art von Angabe passt hier nicht.",
    invalid_union: "Diese Art von Angabe passt hier nicht.",
    invalid_value: "Wählen Sie einen der möglichen Werte.",
    not_multiple_of: "Dieser Wert liegt zwischen zwei möglichen.",
    rows_failed: "Einige Zeilen wurden abgelehnt.",
    too_big: "Das ist zu lang, zu spät oder zu viel.",
    too_small: "Das ist zu kurz, zu früh oder zu wenig.",
    unknown_field: "Dieses Feld gibt es nicht.",
  },
  offline: "Der Dienst antwortet nicht. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.",
  unknown: "Der Dienst hat dies abgelehnt. Unten steht, was er dazu sagt.",
  broken:
    "Auf dieser Seite ist etwas fehlgeschlagen. Laden Sie sie neu; bleibt es dabei, sagen Sie dem Support, was Sie getan haben.",
  request: "Anfrage {{id}}",
  retry: "Erneut versuchen",
};
