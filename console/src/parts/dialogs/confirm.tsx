import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { NotProved, withProof } from "../../app/step-up.tsx";
import { Dialog } from "./dialog.tsx";
import { Problem } from "../states.tsx";

export interface Question {
  title: string;
  /** What will happen, in plain words. */
  body: ReactNode;
  /** The word on the button: what is done, not "OK". */
  action: string;
  /** It takes something away. */
  dangerous?: boolean;
  /** The name that has to be typed first. */
  name?: string;
  /** Is done while the dialog stays; where it fails, the dialog says why. */
  run: () => Promise<unknown>;
}

let current: Question | null = null;
const listeners = new Set<() => void>();
const set = (next: Question | null): void => {
  current = next;
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Asks before something is done that is not easily taken back. */
export const ask = (question: Question): void => set(question);

/** The dialog of `ask`. It stands in the page once. */
export function Confirms() {
  const question = useSyncExternalStore(subscribe, () => current);
  return (
    <Dialog opened={question !== null} onClose={() => set(null)} title={question?.title} size="md">
      {question !== null && <Body question={question} onClose={() => set(null)} />}
    </Dialog>
  );
}

function Body({ question, onClose }: { question: Question; onClose: () => void }) {
  const { t } = useTranslation();
  const { body, action, dangerous = false, name, run } = question;
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const go = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await withProof(run);
      onClose();
    } catch (refusal) {
      if (!(refusal instanceof NotProved)) setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void go();
      }}
    >
      <Stack gap="md">
        <Text size="sm" component="div">
          {body}
        </Text>
        {name !== undefined && (
          <TextInput
            label={t("parts.confirm.typeName", { name })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {error !== null && <Problem error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t("parts.cancel")}
          </Button>
          <Button
            type="submit"
            color={dangerous ? "red" : "brand"}
            loading={busy}
            disabled={name !== undefined && typed.trim() !== name.trim()}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
