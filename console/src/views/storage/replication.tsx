import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Facts, Fields, Section } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import { choicesQuery, refreshStorage, replicationQuery } from "./data.ts";

type Replication = Schemas["Replication"];
type Schedule = Schemas["ReplicationSchedule"];
const tones: Record<Replication["state"], Tone> = {
  on: "good",
  off: "calm",
  "no-target": "warn",
  "same-server": "warn",
};
type Values = {
  enabled: string;
  storageServerId: string;
  frequency: string;
  at: string;
  weekday: string;
  everyHours: string;
};

const begin = ({ own }: Replication): Values => ({
  enabled: own.enabled === null ? "" : own.enabled ? "on" : "off",
  storageServerId: own.storageServerId ?? "",
  frequency: own.schedule?.frequency ?? "",
  at: own.schedule && "at" in own.schedule ? own.schedule.at : "01:00",
  weekday: own.schedule?.frequency === "weekly" ? String(own.schedule.weekday) : "1",
  everyHours: own.schedule?.frequency === "hourly" ? String(own.schedule.everyHours) : "4",
});
function scheduleOf({ frequency, at, weekday, everyHours }: Values): Schedule | null {
  if (frequency === "daily") return { frequency, at };
  if (frequency === "weekly") return { frequency, at, weekday: Number(weekday) };
  if (frequency === "hourly") return { frequency, everyHours: Number(everyHours) as 1 | 2 | 3 | 4 | 6 | 8 | 12 };
  return null;
}

/** Copies to a second server: on or off, where to and when; each inherited or own. */
export function ReplicationSection({ node }: { node: Node }) {
  const { data, error, refetch } = useQuery(replicationQuery(node.id));
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  return data ? <ReplicationForm node={node} replication={data} /> : null;
}

function ReplicationForm({ node, replication }: { node: Node; replication: Replication }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const { data: servers = [] } = useQuery(choicesQuery(node));
  const initial = useMemo(() => begin(replication), [replication]);
  const form = useForm<Values>({ id: `replication.${node.id}`, initial });
  const { values } = form;
  const { effective } = replication;
  const target = effective.storageServerId.value;
  const save = async (): Promise<void> => {
    const saved = await form.submit(() =>
      tenantry.putReplication({
        params: { id: node.id },
        body: {
          enabled: values.enabled === "" ? null : values.enabled === "on",
          storageServerId: values.storageServerId === "" ? null : values.storageServerId,
          schedule: scheduleOf(values),
        },
      }),
    );
    if (!saved) return;
    await refreshStorage(client);
    notify(t("storage.replicationSaved"));
  };
  const select = (name: keyof Values & string, label: string, data: { value: string; label: string }[]) => (
    <NativeSelect
      label={label}
      data={data}
      value={values[name]}
      error={form.field(name).error}
      onChange={(event) => form.set(name, event.currentTarget.value)}
    />
  );
  const inherited = { value: "", label: t("details.inherited") };
  const days = new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" });
  return (
    <Section title={t("storage.replication")} description={t("storage.replicationHint")}>
      <Facts
        items={[
          [
            t("customers.columns.state"),
            <Status key="state" tone={tones[replication.state]} label={t(`storage.replicates.${replication.state}`)} />,
          ],
          [t("storage.target"), target === null ? null : (servers.find(({ id }) => id === target)?.name ?? target)],
          [t("storage.next"), replication.nextAt === null ? null : <Moment key="next" at={replication.nextAt} />],
        ]}
      />
      {may("customers:write") && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <Fields>
            {select("enabled", t("storage.copies"), [
              inherited,
              { value: "on", label: t("settings.on") },
              { value: "off", label: t("settings.off") },
            ])}
            {select("storageServerId", t("storage.target"), [
              inherited,
              ...servers.map(({ id, name }) => ({ value: id, label: name })),
            ])}
            {select("frequency", t("storage.schedule"), [
              inherited,
              ...(["hourly", "daily", "weekly"] as const).map((one) => ({
                value: one,
                label: t(`storage.frequency.${one}`),
              })),
            ])}
            {values.frequency === "hourly" &&
              select(
                "everyHours",
                t("storage.everyHours"),
                [1, 2, 3, 4, 6, 8, 12].map((one) => ({ value: String(one), label: String(one) })),
              )}
            {values.frequency === "weekly" &&
              select(
                "weekday",
                t("storage.weekday"),
                Array.from({ length: 7 }, (_, day) => ({
                  value: String(day + 1),
                  label: days.format(new Date(Date.UTC(2024, 0, 1 + day))),
                })),
              )}
            {(values.frequency === "daily" || values.frequency === "weekly") && (
              <TextInput type="time" label={t("storage.at")} {...form.text("at")} />
            )}
          </Fields>
          {form.error !== null && <Problem error={form.error} />}
          <Group justify="flex-end" mt="sm">
            <Button type="submit" size="xs" loading={form.busy} disabled={form.changed.length === 0}>
              {t("parts.save")}
            </Button>
          </Group>
        </form>
      )}
    </Section>
  );
}
