import { Button, Group, NativeSelect, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { NotProved, withProof } from "../../app/step-up.tsx";
import { useMay, useMe } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { CustomerName } from "../../parts/show/customer-name.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { type Key, keyQuery, type NewKey, refreshKeys } from "./data.ts";
import { KeyState } from "./key-state.tsx";

const overlaps = [0, 1, 24, 72, 168] as const;

/** One key: where it works, and rotation and revocation. */
export function KeyDetail({ id, onMade }: { id: string; onMade: (key: NewKey) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const { data: key, error, refetch } = useQuery(keyQuery(id));
  if (error !== null && !key) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!key) return <Skeleton height={200} />;
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t("keys.fields.name"), key.name],
          [t("users.fields.state"), <KeyState key="state" state={key.state} />],
          [t("users.fields.customer"), <CustomerName key="customer" id={key.customerId} />],
          [
            t("users.fields.role"),
            key.readOnly ? t("keys.readOnly", { role: t(`terms.roles.${key.role}`) }) : t(`terms.roles.${key.role}`),
          ],
          [
            t("keys.fields.expiresAt"),
            <Moment key="expires" at={key.expiresAt} none={t("parts.never")} show="dateTime" />,
          ],
          [
            t("keys.fields.revokedAt"),
            key.revokedAt === null ? undefined : <Moment key="revoked" at={key.revokedAt} show="dateTime" />,
          ],
          [t("keys.fields.ipRanges"), key.ipRanges.length === 0 ? t("keys.everywhere") : key.ipRanges.join(", ")],
          [t("keys.fields.lastUsed"), <Moment key="used" at={key.lastUsedAt} none={t("parts.never")} />],
          [t("users.fields.created"), <Moment key="created" at={key.createdAt} show="dateTime" />],
          ["ID", <code key="id">{key.id}</code>],
        ]}
      />
      {may("keys:write") && key.state === "active" && (
        <>
          <Rotation apiKey={key} onMade={onMade} />
          {key.id !== me.id && <Revocation apiKey={key} />}
        </>
      )}
    </Stack>
  );
}

function Rotation({ apiKey: { id }, onMade }: { apiKey: Key; onMade: (key: NewKey) => void }) {
  const { t } = useTranslation();
  const [overlapHours, setHours] = useState<number>(24);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const rotate = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const made = await withProof(() => tenantry.rotateApiKey({ params: { id }, body: { overlapHours } }));
      await refreshKeys();
      onMade(made);
    } catch (refusal) {
      if (!(refusal instanceof NotProved)) setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section plain title={t("keys.rotate.title")} hint={t("keys.rotate.hint")}>
      {error !== null && <Problem error={error} />}
      <Group gap="sm" align="end">
        <NativeSelect
          label={t("keys.rotate.overlap")}
          value={String(overlapHours)}
          data={overlaps.map((hours) => ({
            value: String(hours),
            label: hours === 0 ? t("keys.rotate.atOnce") : t("keys.rotate.hours", { count: hours }),
          }))}
          onChange={(event) => setHours(Number(event.currentTarget.value))}
        />
        <Button variant="default" loading={busy} onClick={() => void rotate()}>
          {t("keys.rotate.action")}
        </Button>
      </Group>
    </Section>
  );
}

function Revocation({ apiKey: { id, name } }: { apiKey: Key }) {
  const { t } = useTranslation();
  const revoke = (): void =>
    ask({
      title: t("keys.revoke.title", { name }),
      body: t("keys.revoke.body"),
      action: t("keys.revoke.action"),
      dangerous: true,
      run: async () => {
        await tenantry.revokeApiKey({ params: { id } });
        await refreshKeys();
        notify(t("keys.revoke.done", { name }));
      },
    });
  return (
    <div>
      <Text size="sm" c="dimmed" mb={8}>
        {t("keys.revoke.hint")}
      </Text>
      <Button variant="light" color="red" size="xs" onClick={revoke}>
        {t("keys.revoke.action")}
      </Button>
    </div>
  );
}
