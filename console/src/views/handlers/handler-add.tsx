import { Radio, Stack } from "@mantine/core";
import type { Output } from "@tenantry/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { withProof } from "../../app/step-up.tsx";
import { useNode } from "../../frame/node-context.ts";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { refreshHandlers } from "./data.ts";
import { HandlerFields, type HandlerValues } from "./handler-fields.tsx";

const initial: HandlerValues = {
  name: "",
  "filter.types": [],
  "filter.thresholds": null,
  "action.url": "",
  "action.recipients": [],
};

interface HandlerAddProps {
  onMade: (handler: Output<"createEventHandler">) => void;
  onClose: () => void;
}

/** Makes a handler: a webhook, or mails. */
export function HandlerAdd({ onMade, onClose }: HandlerAddProps) {
  const { t } = useTranslation();
  const node = useNode();
  const [kind, setKind] = useState<"mail" | "webhook">("webhook");
  const form = useForm({ id: `handler-add-${node.id}`, initial });
  const { values } = form;
  const submit = async (): Promise<void> => {
    const required = t("parts.required");
    const faults = {
      name: values.name.trim() === "" ? required : undefined,
      "action.url": kind === "webhook" && values["action.url"].trim() === "" ? required : undefined,
      "action.recipients": kind === "mail" && values["action.recipients"].length === 0 ? required : undefined,
    };
    if (form.fault(faults)) return;
    const types = values["filter.types"];
    const body = {
      customerId: node.id,
      name: values.name.trim(),
      filter: { types: types.length === 0 ? null : types, thresholds: values["filter.thresholds"] },
      action:
        kind === "mail"
          ? { kind, recipients: values["action.recipients"] }
          : { kind, url: values["action.url"].trim() },
    };
    const made = await form.submit(() => withProof(() => tenantry.createEventHandler({ body })));
    if (!made) return;
    await refreshHandlers();
    onMade(made);
  };
  return (
    <FormFrame form={form} action={t("handlers.create")} onSubmit={() => void submit()} onCancel={onClose}>
      <Radio.Group
        label={t("handlers.fields.kind")}
        value={kind}
        onChange={(value) => setKind(value === "mail" ? "mail" : "webhook")}
      >
        <Stack gap={6} mt={4}>
          <Radio value="webhook" label={t("handlers.kinds.webhookLong")} />
          <Radio value="mail" label={t("handlers.kinds.mailLong")} />
        </Stack>
      </Radio.Group>
      <HandlerFields form={form} kind={kind} />
    </FormFrame>
  );
}
