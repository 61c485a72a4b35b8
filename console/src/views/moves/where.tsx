import { NativeSelect, Radio, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { useCountries } from "../../parts/show/countries.ts";
import { ThingPicker } from "../../parts/form/thing-picker.tsx";
import type { Form } from "../../parts/form/use-form.ts";
import { Fields, Note } from "../../parts/page.tsx";
import { plansQuery } from "../accounts/data.ts";
import { thingsQuery } from "./data.ts";
import type { Options } from "./move-view.tsx";
import type { MoveKind } from "./route.ts";

interface WhereProps {
  node: Node;
  what: MoveKind;
  to: string | undefined;
  form: Form<Options>;
  onTo: (id: string) => void;
}
const uses = (level: string | undefined): boolean => level === "end-customer" || level === "site";

/** Chooses where to, and how. */
export function Where({ node, what, to, form, onTo }: WhereProps) {
  const { t } = useTranslation();
  const countries = useCountries();
  const target = useQuery(thingsQuery(to === undefined ? [] : [to]));
  const plans = useQuery({ ...plansQuery, enabled: what === "accounts" });
  const chosen = to === undefined ? undefined : target.data?.get(to);
  if (what === "split")
    return (
      <Fields>
        <TextInput label={t("moves.newName")} withAsterisk autoComplete="off" {...form.text("newName")} />
        <TextInput label={t("add.fields.email")} type="email" withAsterisk {...form.text("newEmail")} />
        <NativeSelect
          label={t("add.fields.country")}
          data={countries}
          value={form.values.country}
          onChange={(event) => form.set("country", event.currentTarget.value)}
        />
      </Fields>
    );
  const kind = what === "devices" ? "account" : what === "backup-sets" ? "device" : "customer";
  return (
    <>
      <ThingPicker
        kind={kind}
        label={t(`moves.targets.${what}`)}
        value={chosen ? { id: chosen.id, name: chosen.name, place: chosen.about } : null}
        fits={({ path, id }) =>
          what === "customers"
            ? path.at(-1)?.isDefault === false && path.at(-1)?.level !== "site"
            : what === "accounts" || what === "merge"
              ? uses(path.at(-1)?.level) && id !== (what === "merge" ? node.id : "")
              : true
        }
        onChange={({ id }) => onTo(id)}
      />
      {what === "accounts" && (
        <Fields>
          <NativeSelect
            label={t("moves.plan")}
            value={form.values.plan}
            data={[
              { value: "", label: t("moves.keepPlan") },
              ...(plans.data ?? [])
                .filter(({ retiredAt }) => retiredAt === null)
                .map(({ code, name }) => ({ value: code, label: name })),
            ]}
            onChange={(event) => form.set("plan", event.currentTarget.value)}
          />
          <SamePlan form={form} />
        </Fields>
      )}
      {what === "merge" && (
        <Fields>
          <Radio.Group
            label={t("moves.quotas.label")}
            value={form.values.quotas}
            onChange={(chosenRule) => form.set("quotas", chosenRule)}
          >
            <Stack gap={6} mt={4}>
              {(["sum", "largest", "keep"] as const).map((rule) => (
                <Radio key={rule} value={rule} label={t(`moves.quotas.${rule}`)} />
              ))}
            </Stack>
          </Radio.Group>
          <SamePlan form={form} />
        </Fields>
      )}
      {what === "merge" && <Note>{t("moves.mergeNote")}</Note>}
    </>
  );
}

function SamePlan({ form }: { form: Form<Options> }) {
  const { t } = useTranslation();
  return (
    <Radio.Group
      label={t("moves.samePlan.label")}
      value={form.values.onSamePlan}
      onChange={(chosen) => form.set("onSamePlan", chosen)}
    >
      <Stack gap={6} mt={4}>
        {(["sub-account", "refuse"] as const).map((rule) => (
          <Radio key={rule} value={rule} label={t(`moves.samePlan.${rule}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
