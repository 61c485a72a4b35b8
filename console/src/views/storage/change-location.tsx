import { Button, Checkbox, Select, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { withProof } from "../../app/step-up.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Note, Section } from "../../parts/page.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import { locationsQuery } from "../add/data.ts";
import { refreshCustomer } from "../details/data.ts";

/** Support changes where a customer's data lie from now on, and says why. */
export function ChangeLocation({ node }: { node: Node }) {
  const { t } = useTranslation();
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may("support:write") || node.serviceType === "software-only" || node.deletedAt !== null) return null;
  return (
    <Section title={t("storage.location.title")} description={t("storage.location.hint")}>
      <div>
        <Button size="xs" variant="default" onClick={() => setOpen(true)}>
          {t("storage.location.change")}
        </Button>
      </div>
      <Dialog
        opened={open}
        onClose={() => setOpen(false)}
        title={t("storage.location.dialog", { name: node.name })}
        size="md"
      >
        <ChangeForm node={node} onDone={() => setOpen(false)} />
      </Dialog>
    </Section>
  );
}

type Change = Schemas["StorageLocationChange"];
interface Values extends Record<string, unknown>, Omit<Change, "storageLocation"> {
  storageLocation: Change["storageLocation"] | null;
  acknowledgeStoredData: boolean;
}

function ChangeForm({ node, onDone }: { node: Node; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const region = useRegions();
  const { data } = useQuery(locationsQuery(""));
  const initial = useMemo((): Values => ({ storageLocation: null, reason: "", acknowledgeStoredData: false }), []);
  const form = useForm<Values>({ id: `location.${node.id}`, initial });
  const { error } = form.field("storageLocation");
  const { storageLocation, ...rest } = form.values;
  const offered = (data?.items ?? []).filter(({ state, code }) => state === "open" && code !== node.storageLocation);
  const save = async (): Promise<void> => {
    const missing = form.fault({
      ...(storageLocation === null && { storageLocation: t("parts.required") }),
      ...(rest.reason.trim() === "" && { reason: t("parts.required") }),
    });
    if (missing || storageLocation === null) return;
    const body = { ...rest, storageLocation };
    const saved = await form.submit(() =>
      withProof(() => tenantry.changeStorageLocation({ params: { id: node.id }, body })),
    );
    if (!saved) return;
    refreshCustomer(client, saved);
    notify(t("storage.location.changed", { name: node.name, place: region(saved.storageLocation) }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("storage.location.change")} onSubmit={() => void save()} onCancel={onDone}>
      <Note tone="warn">{t("storage.location.stays", { place: region(node.storageLocation) })}</Note>
      <Select
        label={t("add.fields.storageLocation")}
        placeholder={t("add.location.placeholder")}
        searchable
        withAsterisk
        value={storageLocation}
        error={error}
        data={offered.map(({ code }) => ({ value: code, label: region(code) }))}
        onChange={(chosen) => form.set("storageLocation", offered.find(({ code }) => code === chosen)?.code ?? null)}
      />
      <Textarea
        label={t("storage.location.reason")}
        description={t("storage.location.reasonHint")}
        withAsterisk
        autosize
        minRows={2}
        {...form.text("reason")}
      />
      <Checkbox
        label={t("storage.location.acknowledge")}
        checked={form.values.acknowledgeStoredData}
        onChange={(event) => form.set("acknowledgeStoredData", event.currentTarget.checked)}
      />
    </FormFrame>
  );
}
