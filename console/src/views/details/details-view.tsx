import { useQueryClient } from "@tanstack/react-query";
import { Button, Group } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { patchOf, saveEdit } from "../../parts/form/conflict.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Columns, Note, Page, SaveBar } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { Actions, DeletedNote } from "./actions.tsx";
import { changesOf, editedOf, refreshCustomer } from "./data.ts";
import { labelsOf } from "./labels.ts";
import { LimitsSection, LookSection, RecordSection, ServicesSection } from "./sections.tsx";
import { Side } from "./side.tsx";

/** A customer's record: to read, to change, and what can be done with the customer. */
export function DetailsView() {
  const node = useNode();
  return <Details key={node.id} node={node} />;
}

function Details({ node }: { node: Node }) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const { bytes } = useFormats();
  // What the form began with: somebody else's change while it is open is found when it is saved.
  const [base, setBase] = useState(node);
  const initial = useMemo(() => editedOf(base), [base]);
  const form = useForm({ id: `details.${node.id}`, initial });
  const isChanged = form.changed.length > 0;
  useEffect(() => {
    if (!isChanged) setBase(node);
  }, [node, isChanged]);
  const mayEdit = may("customers:write") && node.deletedAt === null;

  const save = async (): Promise<void> => {
    const required = t("parts.required");
    const { values } = form;
    if (
      form.fault({
        ...(values.name.trim() === "" && { name: required }),
        ...(values.email.trim() === "" && { email: required }),
      })
    )
      return;
    const before = base;
    const saved = await form.submit(() =>
      saveEdit<Node>({
        base,
        changes: changesOf(values, form.changed),
        labels: labelsOf(t),
        show: (name, value) =>
          typeof value === "number" && name.endsWith("Bytes")
            ? bytes(value)
            : Array.isArray(value)
              ? value.join(", ")
              : String(value),
        save: (patch, version) => tenantry.updateCustomer({ params: { id: node.id }, body: patch, ifMatch: version }),
        reload: () => tenantry.getCustomer({ params: { id: node.id } }),
      }).then((answer) => {
        // A dialog that was closed saves nothing, and what was typed stays.
        if (answer === null) throw new Kept();
        return answer;
      }),
    );
    if (!saved) return;
    setBase(saved);
    refreshCustomer(client, saved);
    notify(t("details.saved", { name: saved.name }), async () => {
      const names = form.changed;
      const back = await tenantry.updateCustomer({
        params: { id: node.id },
        body: patchOf(changesOf(editedOf(before), names)),
        ifMatch: saved.version,
      });
      refreshCustomer(client, back);
    });
  };
  return (
    <Page>
      {node.deletedAt !== null && <DeletedNote node={node} />}
      {mayEdit && <Actions node={node} />}
      {!may("customers:write") && <Note>{t("details.readOnly")}</Note>}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <fieldset disabled={!mayEdit} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
          <Columns
            main={
              <>
                <RecordSection form={form} />
                <LimitsSection node={node} form={form} />
                <ServicesSection node={node} form={form} />
                <LookSection form={form} />
                {form.error !== null && !(form.error instanceof Kept) && <Problem error={form.error} />}
              </>
            }
            side={<Side node={node} />}
          />
        </fieldset>
        {mayEdit && isChanged && (
          <SaveBar text={t("details.unsaved", { count: form.changed.length })}>
            <Group gap="sm">
              <Button variant="default" onClick={form.reset}>
                {t("details.discard")}
              </Button>
              <Button type="submit" loading={form.busy}>
                {t("parts.save")}
              </Button>
            </Group>
          </SaveBar>
        )}
      </form>
    </Page>
  );
}

/** The question which of two values to keep was not answered. */
class Kept extends Error {}
