import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../parts/dialogs/dialog.tsx";
import { Problem } from "../parts/states.tsx";
import { tenantry } from "./api.ts";
import { hasCode } from "./problem.ts";

interface Asked {
  resolve: () => void;
  reject: (error: unknown) => void;
}

let asked: Asked | null = null;
const listeners = new Set<() => void>();
const set = (next: Asked | null): void => {
  asked = next;
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Whoever was asked for a proof has closed the dialog. */
export class NotProved extends Error {}

/**
 * Makes a call that may need a fresh proof of who the caller is (deletions, keys, access of others). Where the service asks for one, a dialog takes
 * the password or a code, and the call is made again.
 * @throws NotProved where the dialog was closed
 */
export async function withProof<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!hasCode(error, "proof_required")) throw error;
    await new Promise<void>((resolve, reject) => set({ resolve, reject }));
    return await call();
  }
}

/** The dialog of `withProof`. It stands in the page once. */
export function StepUp() {
  const request = useSyncExternalStore(subscribe, () => asked);
  const { t } = useTranslation();
  const close = (): void => {
    asked?.reject(new NotProved());
    set(null);
  };
  return (
    <Dialog opened={request !== null} onClose={close} title={t("parts.proof.title")} size="sm" above>
      {request !== null && (
        <ProofForm
          onProved={() => {
            request.resolve();
            set(null);
          }}
          onCancel={close}
        />
      )}
    </Dialog>
  );
}

function ProofForm({ onProved, onCancel }: { onProved: () => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const prove = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      // Six digits are no password: those have twelve characters at least.
      const isCode = /^\d{3} ?\d{3}$/.test(secret.trim());
      await tenantry.prove({ body: isCode ? { code: secret.replaceAll(" ", "") } : { password: secret } });
      onProved();
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
        void prove();
      }}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("parts.proof.why")}
        </Text>
        {error !== null && <Problem error={error} />}
        <PasswordInput
          label={t("parts.proof.secret")}
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          autoComplete="current-password"
          data-autofocus
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            {t("parts.cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={secret === ""}>
            {t("parts.proof.confirm")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
