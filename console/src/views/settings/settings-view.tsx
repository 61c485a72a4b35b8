import { Button, Group, Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { useNode } from "../../frame/node-context.ts";
import { patchOf } from "../../parts/form/conflict.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Note, Page, SaveBar, Section } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { effectiveQuery } from "../add/data.ts";
import { type Effective, groups, maySay, type Own, ownThrottle, ownValue, type Throttle } from "./catalogue.ts";
import { SettingRow } from "./setting-row.tsx";
import { ThrottleSection } from "./throttle-section.tsx";

/** What applies to a customer: each setting inherited or its own, and which level an inherited one comes from. */
export function SettingsView() {
  const node = useNode();
  const effective = useQuery(effectiveQuery(node.id));
  const own = useQuery({
    queryKey: ["settings", "own", node.id],
    queryFn: ({ signal }) => tenantry.getSettings({ params: { id: node.id }, signal }),
  });
  const above = useQuery({ ...effectiveQuery(node.parentId ?? ""), enabled: node.parentId !== null });
  const error = effective.error ?? own.error;
  if (error !== null)
    return <Problem error={error} onRetry={() => void Promise.all([effective.refetch(), own.refetch()])} />;
  if (!effective.data || !own.data) return <Skeleton height={320} />;
  return <Settings key={node.id} node={node} effective={effective.data} own={own.data} above={above.data ?? null} />;
}

interface SettingsProps {
  node: Node;
  effective: Effective;
  own: Own;
  /** What applies one level above, if the caller sees it: what would be inherited. */
  above: Effective | null;
}
export type SettingValues = Record<string, unknown> & { throttle: Throttle | null };

/** The patch that makes a customer say what is given. */
const bodyOf = (values: SettingValues, names: readonly string[]): Record<string, unknown> =>
  patchOf(
    Object.fromEntries(
      names.map((name) => [
        name,
        name === "throttle" ? (values.throttle === null ? null : { mode: "own", ...values.throttle }) : values[name],
      ]),
    ),
  );

function Settings({ node, effective, own, above }: SettingsProps) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const initial = useMemo(
    (): SettingValues => ({
      throttle: ownThrottle(own),
      ...Object.fromEntries(groups.flatMap(({ fields }) => fields.map(([name]) => [name, ownValue(own, name)]))),
    }),
    [own],
  );
  const form = useForm<SettingValues>({ id: `settings.${node.id}`, initial });
  const mayEdit = may("customers:write") && node.deletedAt === null;
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ["settings"] });
  const save = async (): Promise<void> => {
    const names = form.changed;
    const before = initial;
    const params = { id: node.id };
    const saved = await form.submit(() => tenantry.updateSettings({ params, body: bodyOf(form.values, names) }));
    if (!saved) return;
    client.setQueryData(["settings", "own", node.id], saved);
    await refresh();
    notify(t("settings.saved", { count: names.length }), async () => {
      await tenantry.updateSettings({ params, body: bodyOf(before, names) });
      await refresh();
    });
  };
  return (
    <Page narrow>
      {!mayEdit && <Note>{t("settings.readOnly")}</Note>}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
        style={{ display: "contents" }}
      >
        <ThrottleSection node={node} form={form} effective={effective} above={above} mayEdit={mayEdit} />
        {groups.map(({ id, fields, at }) => (
          <Section key={id} title={t(`settings.groups.${id}.title`)} description={t(`settings.groups.${id}.hint`)}>
            <div>
              {fields.map(([name, kind]) => (
                <SettingRow
                  key={name}
                  node={node}
                  name={name}
                  kind={kind}
                  form={form}
                  effective={effective}
                  above={above}
                  mayEdit={mayEdit && maySay(node, at)}
                  locked={!maySay(node, at)}
                />
              ))}
            </div>
          </Section>
        ))}
        {form.error !== null && <Problem error={form.error} />}
        {mayEdit && form.changed.length > 0 && (
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
