import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Fields, Note, Section } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { choicesQuery, type Migration, migrationsQuery, refreshStorage } from "./data.ts";
import styles from "./storage.module.css";

type State = Schemas["SeedMigrationState"];
const order: readonly State[] = ["requested", "seeding", "shipped", "imported", "switched", "done"];
const begun = { toServerId: "", note: "" };

/** Moves of data to another server by disk, in steps that are recorded one after the other. */
export function MigrationsSection({ node }: { node: Node }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const { data: servers = [] } = useQuery(choicesQuery(node));
  const { data: migrations, error, refetch } = useQuery(migrationsQuery(node.id));
  const form = useForm<{ toServerId: string; note: string }>({ id: `migration.${node.id}`, initial: begun });
  const nameOf = (id: string): string => servers.find((server) => server.id === id)?.name ?? id;
  const isOpen = migrations?.some(({ nextStates }) => nextStates.length > 0) === true;
  const start = async (): Promise<void> => {
    const { toServerId, note } = form.values;
    const made = await form.submit(() =>
      tenantry.createSeedMigration({
        body: { customerId: node.id, toServerId, ...(note.trim() !== "" && { note: note.trim() }) },
      }),
    );
    if (!made) return;
    await refreshStorage(client);
    notify(t("storage.migrationStarted"));
  };
  return (
    <Section title={t("storage.migrations")} description={t("storage.migrationsHint")}>
      {error !== null && <Problem error={error} onRetry={() => void refetch()} />}
      {migrations?.map((migration) => (
        <MigrationItem key={migration.id} migration={migration} nameOf={nameOf} mayEdit={may("customers:write")} />
      ))}
      {migrations?.length === 0 && <Note>{t("storage.noMigrations")}</Note>}
      {may("customers:write") && !isOpen && servers.length > 1 && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void start();
          }}
        >
          <Fields>
            <NativeSelect
              label={t("storage.toServer")}
              value={form.values.toServerId}
              error={form.field("toServerId").error}
              data={[
                { value: "", label: t("storage.chooseServer") },
                ...servers.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              onChange={(event) => form.set("toServerId", event.currentTarget.value)}
            />
            <TextInput label={t("storage.note")} {...form.text("note")} />
          </Fields>
          {form.error !== null && <Problem error={form.error} />}
          <Group justify="flex-end" mt="sm">
            <Button type="submit" size="xs" loading={form.busy} disabled={form.values.toServerId === ""}>
              {t("storage.migrate")}
            </Button>
          </Group>
        </form>
      )}
    </Section>
  );
}

interface MigrationItemProps {
  migration: Migration;
  nameOf: (id: string) => string;
  mayEdit: boolean;
}

function MigrationItem({ migration, nameOf, mayEdit }: MigrationItemProps) {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const { id, state, steps, nextStates, fromServerId, toServerId } = migration;
  const label = t("storage.fromTo", { from: nameOf(fromServerId), to: nameOf(toServerId) });
  const record = async (next: Exclude<State, "requested">): Promise<void> => {
    setBusy(true);
    try {
      await tenantry.recordSeedMigrationStep({ params: { id }, body: { state: next } });
      await refreshStorage(client);
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const doneAt = new Map(steps.map((step) => [step.state, step.at]));
  const cancel = (): void =>
    ask({
      title: t("storage.cancelTitle"),
      body: label,
      action: t("storage.cancel"),
      dangerous: true,
      run: () =>
        tenantry
          .recordSeedMigrationStep({ params: { id }, body: { state: "cancelled" } })
          .then(() => refreshStorage(client)),
    });
  return (
    <div className={styles.item} role="group" aria-label={label}>
      <strong>{label}</strong>
      <ol className={styles.steps}>
        {[...order, ...(state === "cancelled" ? (["cancelled"] as const) : [])].map((step) => {
          const at = doneAt.get(step);
          return (
            <li
              key={step}
              className={at === undefined ? "" : styles.past}
              aria-current={step === state ? "step" : undefined}
              title={at === undefined ? undefined : dateTime(at)}
            >
              {t(`storage.steps.${step}`)}
            </li>
          );
        })}
      </ol>
      {mayEdit && nextStates.length > 0 && (
        <Group gap="xs">
          {nextStates.map((next) =>
            next === "cancelled" ? (
              <Button key={next} size="compact-sm" variant="subtle" color="red" onClick={cancel}>
                {t("storage.cancel")}
              </Button>
            ) : next === "requested" ? null : (
              <Button key={next} size="compact-sm" loading={busy} onClick={() => void record(next)}>
                {t("storage.record", { step: t(`storage.steps.${next}`) })}
              </Button>
            ),
          )}
        </Group>
      )}
    </div>
  );
}
