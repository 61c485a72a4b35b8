import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import type { Output } from "@tenantry/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Secret } from "../../parts/show/copy.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { Status } from "../../parts/show/status.tsx";
import type { User } from "../users/data.ts";
import { refreshProfile } from "./data.ts";
import { QrCode } from "./qr-code.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";

type Seed = Output<"startTotp">;

/** The authenticator app and the recovery codes. */
export function SecondFactor({ user: { secondFactor: factor } }: { user: User }) {
  const { t } = useTranslation();
  const [seed, setSeed] = useState<Seed | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const begin = async (): Promise<void> => {
    try {
      setSeed(await withProof(() => tenantry.startTotp({})));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const renew = (): void =>
    ask({
      title: t("profile.codes.renewTitle"),
      body: t("profile.codes.renewBody"),
      action: t("profile.codes.renew"),
      run: async () => {
        const { recoveryCodes } = await tenantry.renewRecoveryCodes({});
        await refreshProfile();
        setCodes(recoveryCodes);
      },
    });
  const remove = (): void =>
    ask({
      title: t("profile.app.removeTitle"),
      body: t("profile.app.removeBody"),
      action: t("profile.app.remove"),
      dangerous: true,
      run: async () => {
        await tenantry.removeTotp({});
        await refreshProfile();
        notify(t("profile.app.removed"));
      },
    });
  const has = factor.totp || factor.passkeys > 0;
  return (
    <Section
      title={t("profile.app.title")}
      hint={t("profile.app.hint")}
      actions={
        <Status tone={factor.totp ? "good" : "calm"} label={t(factor.totp ? "profile.app.on" : "profile.app.off")} />
      }
    >
      <Group gap="sm">
        {!factor.totp && (
          <Button size="xs" onClick={() => void begin()}>
            {t("profile.app.setUp")}
          </Button>
        )}
        {factor.totp && (
          <Button size="xs" variant="default" onClick={remove}>
            {t("profile.app.remove")}
          </Button>
        )}
        {has && (
          <Button size="xs" variant="default" onClick={renew}>
            {t("profile.codes.renew")}
          </Button>
        )}
      </Group>
      {has && (
        <Text size="sm" c="dimmed">
          {t("users.factor.codes", { count: factor.recoveryCodesLeft })}
        </Text>
      )}
      <Dialog opened={seed !== null} onClose={() => setSeed(null)} title={t("profile.app.setUp")} size="md">
        {seed && (
          <Confirm
            seed={seed}
            onDone={async (recoveryCodes) => {
              setSeed(null);
              setCodes(recoveryCodes);
              await refreshProfile();
            }}
          />
        )}
      </Dialog>
      <RecoveryCodes codes={codes} onClose={() => setCodes(null)} />
    </Section>
  );
}

/** Shows the seed as a code to scan, and takes the first code of the app. */
function Confirm({ seed, onDone }: { seed: Seed; onDone: (recoveryCodes: readonly string[]) => Promise<void> }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { recoveryCodes } = await tenantry.confirmTotp({ body: { code: code.replaceAll(" ", "") } });
      await onDone(recoveryCodes);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <Stack gap="md">
        <Text size="sm">{t("profile.app.scan")}</Text>
        <QrCode text={seed.uri} label={t("profile.app.qr")} />
        <Secret label={t("profile.app.seed")} text={seed.seed} />
        <TextInput
          label={t("profile.app.code")}
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {error !== null && <Problem error={error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={busy} disabled={code.trim().length < 6}>
            {t("profile.app.confirm")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
