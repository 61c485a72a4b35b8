import { Button, Divider, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { withProof } from "../../app/step-up.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { CustomerName } from "../../parts/show/customer-name.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { Moment } from "../../parts/show/moment.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import { refreshUsers, type User, userQuery, userSessionsQuery } from "./data.ts";
import { SessionList } from "./session-list.tsx";
import { UserEdit } from "./user-edit.tsx";
import { UserState } from "./user-state.tsx";

/** One user: what is known, what can be changed, and where the user is logged in. */
export function UserDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const { data: user, error, refetch } = useQuery(userQuery(id));
  if (error !== null && !user) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!user) return <Skeleton height={240} />;
  const own = user.id === me.id;
  const writes = may("users:write");
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t("users.fields.state"), <UserState key="state" state={user.state} />],
          [t("users.fields.username"), user.username],
          [t("users.fields.customer"), <CustomerName key="customer" id={user.customerId} />],
          [t("users.fields.factor"), <Factors key="factor" user={user} />],
          [t("users.fields.lastLogin"), <Moment key="last" at={user.lastLoginAt} none={t("parts.never")} />],
          [
            t("users.fields.invitation"),
            user.invitation ? <Moment at={user.invitation.expiresAt} show="dateTime" /> : undefined,
          ],
          [t("users.fields.created"), <Moment key="created" at={user.createdAt} show="dateTime" />],
        ]}
      />
      {writes && !own && <Actions user={user} onGone={onGone} />}
      {own && (
        <Text size="sm" c="dimmed">
          {t("users.own")}
        </Text>
      )}
      {writes && (
        <>
          <Divider />
          <UserEdit key={user.id} user={user} own={own} />
        </>
      )}
      <Divider />
      <Sessions user={user} mayEnd={writes} />
    </Stack>
  );
}

function Factors({ user: { secondFactor } }: { user: User }) {
  const { t } = useTranslation();
  const { totp, passkeys, recoveryCodesLeft } = secondFactor;
  const named = [
    ...(totp ? [t("users.factor.app")] : []),
    ...(passkeys > 0 ? [t("users.factor.passkeys", { count: passkeys })] : []),
  ];
  if (named.length === 0) return <>{t("users.factor.off")}</>;
  return <>{[...named, t("users.factor.codes", { count: recoveryCodesLeft })].join(", ")}</>;
}

function Actions({ user, onGone }: { user: User; onGone: () => void }) {
  const { t } = useTranslation();
  const { id, name, active, state, secondFactor } = user;
  const params = { id };
  const setActive = async (next: boolean): Promise<void> => {
    await withProof(() => tenantry.updateUser({ params, body: { active: next } }));
    await refreshUsers();
  };
  const toggle = async (): Promise<void> => {
    try {
      await setActive(!active);
      notify(t(active ? "users.disabled" : "users.enabled", { name }), () => setActive(active));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const invite = async (): Promise<void> => {
    try {
      await tenantry.inviteUser({ params });
      await refreshUsers();
      notify(t("users.invited", { name, email: user.email }));
    } catch (error) {
      notifyProblem(error);
    }
  };
  const remove = (): void =>
    ask({
      title: t("users.delete.title", { name }),
      body: t("users.delete.body"),
      action: t("users.delete.action"),
      dangerous: true,
      name: user.username,
      run: async () => {
        await tenantry.deleteUser({ params });
        onGone();
        await refreshUsers();
        notify(t("users.delete.done", { name }));
      },
    });
  const reset = (): void =>
    ask({
      title: t("users.reset.title", { name }),
      body: t("users.reset.body"),
      action: t("users.reset.action"),
      dangerous: true,
      run: async () => {
        await tenantry.resetSecondFactor({ params });
        await refreshUsers();
        notify(t("users.reset.done", { name }));
      },
    });
  return (
    <Group gap="sm">
      {state === "invited" && (
        <Button variant="default" size="xs" onClick={() => void invite()}>
          {t("users.inviteAgain")}
        </Button>
      )}
      <Button variant="default" size="xs" onClick={() => void toggle()}>
        {t(active ? "users.disable" : "users.enable")}
      </Button>
      {(secondFactor.totp || secondFactor.passkeys > 0) && (
        <Button variant="default" size="xs" onClick={reset}>
          {t("users.reset.action")}
        </Button>
      )}
      <Button variant="light" color="red" size="xs" onClick={remove}>
        {t("users.delete.action")}
      </Button>
    </Group>
  );
}

function Sessions({ user: { id, name }, mayEnd }: { user: User; mayEnd: boolean }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(userSessionsQuery(id));
  const end = (): void =>
    ask({
      title: t("users.sessions.endTitle", { name }),
      body: t("users.sessions.endBody"),
      action: t("users.sessions.endAll"),
      dangerous: true,
      run: async () => {
        await tenantry.endUserSessions({ params: { id } });
        await refreshUsers();
        notify(t("users.sessions.ended", { name }));
      },
    });
  return (
    <Section
      plain
      title={t("users.sessions.title")}
      actions={
        mayEnd &&
        data &&
        data.items.length > 0 && (
          <Button variant="default" size="xs" onClick={end}>
            {t("users.sessions.endAll")}
          </Button>
        )
      }
    >
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data && <SessionList sessions={data.items} />}
    </Section>
  );
}
