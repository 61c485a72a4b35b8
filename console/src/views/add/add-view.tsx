import { Button, Group } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { withProof } from "../../app/step-up.tsx";
import { useNode } from "../../frame/node-context.ts";
import { refreshTree } from "../../frame/tree/data.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Page } from "../../parts/page.tsx";
import { Empty } from "../../parts/states.tsx";
import { Created } from "./created.tsx";
import { bodyOf, emptyCustomer, type FollowUp, followUps, locationsQuery } from "./data.ts";
import { Access, Kind, Limits, Record } from "./fields.tsx";
import { levelsBelow } from "./levels.ts";

const route = getRouteApi("/n/$nodeId/add");

/** Adds a customer below the one that is looked at. */
export function AddView() {
  const { t } = useTranslation();
  const node = useNode();
  const may = useMay();
  const { created } = route.useSearch();
  const [after, setAfter] = useState<readonly FollowUp[]>([]);
  if (created !== undefined) return <Created id={created} parent={node} after={after} />;
  if (!may("customers:write"))
    return <Empty icon={IconLock} title={t("add.forbiddenTitle")} hint={t("problems.byCode.forbidden")} />;
  if (levelsBelow(node.level).length === 0)
    return (
      <Empty icon={IconLock} title={t("add.nothingTitle", { name: node.name })} hint={t("add.nothingHint")}>
        <Button component={Link} to={`/n/${node.parentId ?? node.id}/add`} variant="default" mt="sm">
          {t("add.besideIt")}
        </Button>
      </Empty>
    );
  return <AddForm key={node.id} node={node} onDone={setAfter} />;
}

function AddForm({ node, onDone }: { node: Node; onDone: (after: readonly FollowUp[]) => void }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const initial = useMemo(() => emptyCustomer(node), [node]);
  const form = useForm({ id: `add.${node.id}`, initial });
  const { values } = form;
  const { data: places } = useQuery(locationsQuery(values.country));
  const mayChoose = places?.choice?.mayChoose === true;

  const save = async (): Promise<void> => {
    const required = t("parts.required");
    const wrong = form.fault({
      ...(values.name.trim() === "" && { name: required }),
      ...(values.email.trim() === "" && { email: required }),
      ...(mayChoose && values.storageLocation === "" && { storageLocation: required }),
    });
    if (wrong) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    const sent = values;
    const customer = await form.submit(() => tenantry.createCustomer({ body: bodyOf(node, sent, mayChoose) }));
    if (!customer) return;
    onDone(await followUps(customer.id, sent, withProof));
    void refreshTree(client);
    void client.invalidateQueries({ queryKey: ["customers"] });
    await navigate({ search: { created: customer.id }, replace: true });
  };
  return (
    <Page narrow>
      <Group justify="space-between">
        <h2 style={{ margin: 0, fontSize: 18 }}>{t("add.title", { name: node.name })}</h2>
      </Group>
      <FormFrame
        form={form}
        action={t("add.create")}
        onSubmit={() => void save()}
        onCancel={() => void navigate({ to: "/n/$nodeId/customers" })}
      >
        <Kind node={node} form={form} />
        <Record form={form} />
        <Limits node={node} form={form} />
        <Access node={node} form={form} />
      </FormFrame>
    </Page>
  );
}
