import { MultiSelect, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Form } from "../../parts/form/use-form.ts";
import { useTypeOptions } from "../log/types.ts";
import type { EventType } from "./data.ts";

/** What the form of a handler holds, by the paths of the API. */
export interface HandlerValues extends Readonly<Record<string, unknown>> {
  name: string;
  "filter.types": EventType[];
  "filter.thresholds": number | null;
  "action.url": string;
  "action.recipients": string[];
}

/** The fields that a handler keeps through its life: name, what it hears, where it sends that. */
export function HandlerFields({ form, kind }: { form: Form<HandlerValues>; kind: "mail" | "webhook" }) {
  const { t } = useTranslation();
  const types = useTypeOptions();
  const thresholds = form.field("filter.thresholds");
  const chosen = form.field("filter.types");
  return (
    <>
      <TextInput label={t("handlers.fields.name")} withAsterisk data-autofocus {...form.text("name")} />
      {kind === "webhook" ? (
        <TextInput
          label={t("handlers.fields.url")}
          description={t("handlers.fields.urlHint")}
          placeholder="https://hooks.example.com/tenantry"
          withAsterisk
          inputMode="url"
          {...form.text("action.url")}
        />
      ) : (
        <TagsInput
          label={t("handlers.fields.recipients")}
          description={t("handlers.fields.recipientsHint")}
          withAsterisk
          splitChars={[",", ";", " "]}
          maxTags={10}
          {...form.field("action.recipients")}
        />
      )}
      <MultiSelect
        label={t("handlers.fields.types")}
        description={t("handlers.fields.typesHint")}
        placeholder={chosen.value.length === 0 ? t("handlers.allTypes") : ""}
        data={types}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("handlers.allTypes") }}
        value={chosen.value}
        error={chosen.error}
        onChange={(next) => chosen.onChange(next as EventType[])}
      />
      <NumberInput
        label={t("handlers.fields.thresholds")}
        description={t("handlers.fields.thresholdsHint")}
        min={1}
        max={100}
        allowDecimal={false}
        suffix=" %"
        value={thresholds.value ?? ""}
        error={thresholds.error}
        onChange={(next) => thresholds.onChange(typeof next === "number" ? next : null)}
      />
    </>
  );
}
