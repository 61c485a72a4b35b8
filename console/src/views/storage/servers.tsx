import { Button, Code, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { Bar } from "../../parts/show/bar.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Facts, Note, Section } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { Status, type Tone } from "../../parts/show/status.tsx";
import { choiceQuery, choicesQuery, refreshStorage, type Server, serversQuery } from "./data.ts";
import styles from "./storage.module.css";

const tones: Record<Server["state"], Tone> = { new: "calm", online: "good", offline: "bad" };

/** A customer's own storage servers, and which of them its devices use. */
export function ServersSection({ node }: { node: Node }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const { bytes } = useFormats();
  const { data: servers, error, refetch } = useQuery(serversQuery(node.id));
  const [edited, setEdited] = useState<Server | "new" | null>(null);
  const [token, setToken] = useState<{ name: string; token: string } | null>(null);
  const mayEdit = may("customers:write");
  const remove = (server: Server): void =>
    ask({
      title: t("storage.deleteTitle", { name: server.name }),
      body: t("storage.deleteBody"),
      action: t("details.delete"),
      dangerous: true,
      name: server.name,
      run: async () => {
        await tenantry.deleteStorageServer({ params: { id: server.id }, query: { confirm: server.name } });
        notify(t("storage.deleted", { name: server.name }));
        await refreshStorage(client);
      },
    });
  const renew = (server: Server): void =>
    ask({
      title: t("storage.renewTitle", { name: server.name }),
      body: t("storage.renewBody"),
      action: t("storage.renew"),
      run: async () => {
        const answer = await tenantry.renewStorageServerToken({ params: { id: server.id } });
        setToken({ name: server.name, token: answer.token });
      },
    });
  return (
    <Section
      title={t("storage.servers")}
      description={t("storage.serversHint")}
      actions={
        mayEdit && (
          <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited("new")}>
            {t("storage.add")}
          </Button>
        )
      }
    >
      {error !== null && <Problem error={error} onRetry={() => void refetch()} />}
      {servers?.length === 0 && <Note>{t("storage.noServers")}</Note>}
      {servers?.map((server) => (
        <div key={server.id} className={styles.item} role="group" aria-label={server.name}>
          <Group justify="space-between" gap="sm">
            <strong>{server.name}</strong>
            <Status tone={tones[server.state]} label={t(`storage.states.${server.state}`)} />
          </Group>
          <Facts
            items={[
              [t("storage.url"), server.url],
              [
                t("customers.columns.spaceUsed"),
                server.usedBytes === null ? null : (
                  <Bar key="used" used={server.usedBytes} limit={server.capacityBytes} format={bytes} />
                ),
              ],
              [t("storage.capacity"), server.capacityBytes === null ? null : bytes(server.capacityBytes)],
              [t("storage.seen"), <Moment key="seen" at={server.lastSeenAt} none={t("parts.never")} />],
              [t("storage.chosenBy"), String(server.chosenBy)],
            ]}
          />
          {mayEdit && (
            <Group gap="xs">
              <Button size="compact-sm" variant="default" onClick={() => setEdited(server)}>
                {t("services.change")}
              </Button>
              <Button size="compact-sm" variant="default" onClick={() => renew(server)}>
                {t("storage.renew")}
              </Button>
              <Button size="compact-sm" variant="subtle" color="red" onClick={() => remove(server)}>
                {t("details.deleteEllipsis")}
              </Button>
            </Group>
          )}
        </div>
      ))}
      <Choice node={node} mayEdit={mayEdit} />
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        title={t(edited === "new" ? "storage.add" : "storage.change")}
      >
        {edited !== null && (
          <ServerForm
            customerId={node.id}
            server={edited === "new" ? null : edited}
            onDone={(made) => {
              setEdited(null);
              if (made) setToken(made);
              void refreshStorage(client);
            }}
          />
        )}
      </Dialog>
      <Dialog opened={token !== null} onClose={() => setToken(null)} title={t("storage.token", { name: token?.name })}>
        {token !== null && (
          <Stack gap="md">
            <Note tone="warn">{t("storage.tokenOnce")}</Note>
            <Code block>{token.token}</Code>
            <Group justify="flex-end">
              <Button
                onClick={() => {
                  void navigator.clipboard.writeText(token.token).then(() => notify(t("parts.copied")));
                }}
              >
                {t("parts.copy")}
              </Button>
            </Group>
          </Stack>
        )}
      </Dialog>
    </Section>
  );
}

/** Which server the devices use: the customer's own choice, or that of the nearest level above. */
function Choice({ node, mayEdit }: { node: Node; mayEdit: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: choice } = useQuery(choiceQuery(node.id));
  const { data: servers = [] } = useQuery(choicesQuery(node));
  if (!choice) return null;
  const { effective, storageServerId } = choice;
  const nameOf = (id: string): string => servers.find((server) => server.id === id)?.name ?? id;
  const choose = async (id: string | null): Promise<void> => {
    try {
      const before = storageServerId;
      await tenantry.chooseStorageServer({ params: { id: node.id }, body: { storageServerId: id } });
      await refreshStorage(client);
      notify(t("storage.chosen"), async () => {
        await tenantry.chooseStorageServer({ params: { id: node.id }, body: { storageServerId: before } });
        await refreshStorage(client);
      });
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <NativeSelect
      label={t("storage.choice")}
      description={
        effective === null
          ? t("storage.noChoice")
          : t("storage.now", {
              name: nameOf(effective.id),
              level: t(`terms.levels.${effective.level as Node["level"]}`),
            })
      }
      disabled={!mayEdit}
      value={storageServerId ?? ""}
      data={[
        { value: "", label: t("details.inherited") },
        ...servers.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(event) => void choose(event.currentTarget.value === "" ? null : event.currentTarget.value)}
    />
  );
}

type ServerValues = { name: string; url: string; capacityBytes: number | null };

function ServerForm({
  customerId,
  server,
  onDone,
}: {
  customerId: string;
  server: Server | null;
  onDone: (made?: { name: string; token: string }) => void;
}) {
  const { t } = useTranslation();
  const initial = useMemo(
    (): ServerValues => ({
      name: server?.name ?? "",
      url: server?.url ?? "https://",
      capacityBytes: server?.capacityBytes ?? null,
    }),
    [server],
  );
  const form = useForm<ServerValues>({ id: `server.${server?.id ?? customerId}`, initial });
  const save = async (): Promise<void> => {
    const { name, url, capacityBytes } = form.values;
    if (form.fault(name.trim() === "" ? { name: t("parts.required") } : {})) return;
    const body = { name: name.trim(), url: url.trim(), capacityBytes };
    if (server !== null) {
      const saved = await form.submit(() =>
        tenantry.updateStorageServer({ params: { id: server.id }, body, ifMatch: server.version }),
      );
      if (saved) onDone();
      return;
    }
    const made = await form.submit(() => tenantry.createStorageServer({ body: { customerId, ...body } }));
    if (made) onDone({ name: made.server.name, token: made.token });
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void save()} onCancel={() => onDone()}>
      <TextInput label={t("add.fields.name")} withAsterisk {...form.text("name")} />
      <TextInput
        label={t("storage.url")}
        description={t("storage.urlHint")}
        type="url"
        withAsterisk
        {...form.text("url")}
      />
      <BytesField label={t("storage.capacity")} none={t("storage.unknown")} {...form.field("capacityBytes")} />
    </FormFrame>
  );
}
