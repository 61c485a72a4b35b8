import { Button, Divider, Group, Skeleton, Stack } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Output } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { saveEdit } from "../../parts/form/conflict.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Problem } from "../../parts/states.tsx";
import { type Handler, handlerQuery, refreshHandlers } from "./data.ts";
import { Deliveries } from "./deliveries.tsx";
import { HandlerFields, type HandlerValues } from "./handler-fields.tsx";
import { HandlerState } from "./handler-state.tsx";

interface HandlerDetailProps {
  id: string;
  onGone: () => void;
  onSecret: (handler: Output<"rotateHandlerSecret">) => void;
}

/** One handler: pause, test, secret, what it hears, and what it has delivered. */
export function HandlerDetail({ id, onGone, onSecret }: HandlerDetailProps) {
  const { t } = useTranslation();
  const may = useMay();
  const { data: handler, error, refetch } = useQuery(handlerQuery(id));
  if (error !== null && !handler) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!handler) return <Skeleton height={240} />;
  const { action, disabledAt, formerSecretUntil } = handler;
  const writes = may("events:write");
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t("users.fields.state"), <HandlerState key="state" handler={handler} />],
          [t("handlers.disabledAt"), disabledAt === null ? undefined : <Moment at={disabledAt} show="dateTime" />],
          [t("handlers.fields.kind"), t(`handlers.kinds.${action.kind}`)],
          [
            t("handlers.formerSecret"),
            formerSecretUntil === null ? undefined : <Moment at={formerSecretUntil} show="dateTime" />,
          ],
        ]}
      />
      {writes && <Actions handler={handler} onGone={onGone} onSecret={onSecret} />}
      {writes && (
        <>
          <Divider />
          <Edit key={handler.id} handler={handler} />
        </>
      )}
      <Divider />
      <Deliveries handler={handler} />
    </Stack>
  );
}

function Actions({ handler, onGone, onSecret }: Omit<HandlerDetailProps, "id"> & { handler: Handler }) {
  const { t } = useTranslation();
  const { id, name, active, action } = handler;
  const params = { id };
  const setActive = async (next: boolean): Promise<void> => {
    await tenantry.updateEventHandler({ params, body: { active: next } });
    await refreshHandlers();
  };
  const on = active && handler.disabledReason === null;
  const toggle = async (): Promise<void> => {
    try {
      await setActive(!on);
      notify(t(on ? "handlers.pausedNow" : "handlers.onNow", { name }), () => setActive(on));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const test = async (): Promise<void> => {
    try {
      await tenantry.testEventHandler({ params });
      await refreshHandlers();
      notify(t("handlers.tested"));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const rotate = (): void =>
    ask({
      title: t("handlers.rotateTitle"),
      body: t("handlers.rotateBody"),
      action: t("handlers.rotate"),
      run: async () => {
        const made = await tenantry.rotateHandlerSecret({ params, body: { overlapHours: 24 } });
        await refreshHandlers();
        onSecret(made);
      },
    });
  const remove = (): void =>
    ask({
      title: t("handlers.deleteTitle", { name }),
      body: t("handlers.deleteBody"),
      action: t("handlers.delete"),
      dangerous: true,
      run: async () => {
        await tenantry.deleteEventHandler({ params });
        onGone();
        await refreshHandlers();
        notify(t("handlers.deleted", { name }));
      },
    });
  const Toggle = on ? IconPlayerPause : IconPlayerPlay;
  return (
    <Group gap="sm">
      <Button variant="default" size="xs" leftSection={<IconSend size={15} aria-hidden />} onClick={() => void test()}>
        {t("handlers.test")}
      </Button>
      <Button variant="default" size="xs" leftSection={<Toggle size={15} aria-hidden />} onClick={() => void toggle()}>
        {t(on ? "handlers.pause" : "handlers.resume")}
      </Button>
      {action.kind === "webhook" && (
        <Button variant="default" size="xs" onClick={rotate}>
          {t("handlers.rotate")}
        </Button>
      )}
      <Button variant="light" color="red" size="xs" onClick={remove}>
        {t("handlers.delete")}
      </Button>
    </Group>
  );
}

function Edit({ handler }: { handler: Handler }) {
  const { t } = useTranslation();
  const { id, name, filter, action } = handler;
  const initial: HandlerValues = {
    name,
    "filter.types": filter.types ?? [],
    "filter.thresholds": filter.thresholds,
    "action.url": action.kind === "webhook" ? action.url : "",
    "action.recipients": action.kind === "mail" ? action.recipients : [],
  };
  const form = useForm({ id: `handler-${id}`, initial });
  const params = { id };
  const submit = async (): Promise<void> => {
    const changes = Object.fromEntries(
      form.changed.map((field) => {
        const value = form.values[field];
        return [field, field === "filter.types" && (value as unknown[]).length === 0 ? null : value];
      }),
    );
    const saved = await form.submit(() =>
      saveEdit<Handler>({
        base: handler,
        changes,
        labels: {
          name: t("handlers.fields.name"),
          "filter.types": t("handlers.fields.types"),
          "filter.thresholds": t("handlers.fields.thresholds"),
          "action.url": t("handlers.fields.url"),
          "action.recipients": t("handlers.fields.recipients"),
        },
        save: (body, ifMatch) => tenantry.updateEventHandler({ params, body, ifMatch }),
        reload: () => tenantry.getEventHandler({ params }),
      }),
    );
    if (!saved) return;
    await refreshHandlers();
    notify(t("handlers.saved", { name: saved.name }));
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void submit()} disabled={form.changed.length === 0}>
      <HandlerFields form={form} kind={action.kind} />
    </FormFrame>
  );
}
