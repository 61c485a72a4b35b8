import { Button, Group, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { addPasskey, type Passkey, passkeysQuery, refreshProfile } from "./data.ts";
import styles from "./profile.module.css";

/** The caller's passkeys: add, rename, remove. */
export function Passkeys() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(passkeysQuery);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const supported = "PublicKeyCredential" in window;
  const add = async (): Promise<void> => {
    setBusy(true);
    try {
      const made = await withProof(() => addPasskey(name.trim()));
      if (!made) return;
      setName("");
      await refreshProfile();
      notify(t("profile.passkeys.added", { name: made.name }));
    } catch (failure) {
      notifyProblem(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={t("profile.passkeys.title")} hint={t("profile.passkeys.hint")}>
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data && data.items.length > 0 && (
        <ul className={styles.list}>
          {data.items.map((passkey) => (
            <Row key={passkey.id} passkey={passkey} />
          ))}
        </ul>
      )}
      {supported ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Group gap="sm" align="end">
            <TextInput
              label={t("profile.passkeys.name")}
              placeholder={t("profile.passkeys.nameHint")}
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={busy} disabled={name.trim() === ""}>
              {t("profile.passkeys.add")}
            </Button>
          </Group>
        </form>
      ) : (
        <p className={styles.soft}>{t("profile.passkeys.unsupported")}</p>
      )}
    </Section>
  );
}

function Row({ passkey: { id, name, version, synced, lastUsedAt } }: { passkey: Passkey }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string | null>(null);
  const params = { id };
  const rename = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (draft === null || draft.trim() === "") return;
    try {
      await tenantry.updatePasskey({ params, body: { name: draft.trim() }, ifMatch: version });
      setDraft(null);
      await refreshProfile();
    } catch (error) {
      notifyProblem(error);
    }
  };
  const remove = (): void =>
    ask({
      title: t("profile.passkeys.removeTitle", { name }),
      body: t("profile.passkeys.removeBody"),
      action: t("profile.passkeys.remove"),
      dangerous: true,
      run: async () => {
        await tenantry.deletePasskey({ params });
        await refreshProfile();
        notify(t("profile.passkeys.removed", { name }));
      },
    });
  return (
    <li>
      <IconFingerprint size={20} stroke={1.6} aria-hidden />
      {draft === null ? (
        <div className={styles.grow}>
          <div>{name}</div>
          <div className={styles.soft}>
            {t(synced ? "profile.passkeys.synced" : "profile.passkeys.bound")} · {t("profile.passkeys.used")}{" "}
            <Moment at={lastUsedAt} none={t("parts.never")} />
          </div>
        </div>
      ) : (
        <form className={styles.grow} onSubmit={(event) => void rename(event)}>
          <Group gap="xs">
            <TextInput
              size="xs"
              aria-label={t("profile.passkeys.name")}
              value={draft}
              maxLength={100}
              onChange={(event) => setDraft(event.currentTarget.value)}
            />
            <Button size="xs" type="submit">
              {t("parts.save")}
            </Button>
            <Button size="xs" variant="default" onClick={() => setDraft(null)}>
              {t("parts.cancel")}
            </Button>
          </Group>
        </form>
      )}
      {draft === null && (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => setDraft(name)}>
            {t("profile.passkeys.rename")}
          </Button>
          <Button size="compact-sm" variant="light" color="red" onClick={remove}>
            {t("profile.passkeys.remove")}
          </Button>
        </Group>
      )}
    </li>
  );
}
