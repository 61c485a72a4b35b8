import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { tenantry, toLogin } from "../../app/api.ts";
import { useMe } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { Problem } from "../../parts/states.tsx";
import type { Session } from "../users/data.ts";
import { SessionList } from "../users/session-list.tsx";
import { meQuery, refreshProfile, sessionsQuery } from "./data.ts";
import { Passkeys } from "./passkeys.tsx";
import { PasswordForm } from "./password-form.tsx";
import styles from "./profile.module.css";
import { SecondFactor } from "./second-factor.tsx";

/** The caller's own access. */
export function ProfileView() {
  const { t } = useTranslation();
  const me = useMe();
  const { data } = useQuery(meQuery);
  const user = data?.user ?? me.user;
  return (
    <div className={styles.page}>
      <h1>{t("profile.title")}</h1>
      <Section title={t("profile.who")}>
        <Facts
          facts={[
            [t("users.fields.name"), user?.name],
            [t("users.fields.username"), user?.username],
            [t("users.fields.email"), user?.email],
            [t("users.fields.role"), t(`terms.roles.${me.role}`)],
            [t("users.fields.customer"), me.scope.name],
          ]}
        />
      </Section>
      <Section title={t("profile.password.title")} hint={t("profile.password.hint")}>
        <PasswordForm />
      </Section>
      {user !== null && (
        <>
          <SecondFactor user={user} />
          <Passkeys />
        </>
      )}
      <Sessions />
    </div>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(sessionsQuery);
  const end = async ({ id, current }: Session): Promise<void> => {
    try {
      await tenantry.endSession({ params: { id } });
      if (current) return toLogin("logged-out");
      await refreshProfile();
      notify(t("profile.sessions.ended"));
    } catch (failure) {
      notifyProblem(failure);
    }
  };
  const others = data?.items.filter(({ current }) => !current) ?? [];
  const endOthers = (): void =>
    ask({
      title: t("profile.sessions.othersTitle"),
      body: t("profile.sessions.othersBody"),
      action: t("profile.sessions.others"),
      dangerous: true,
      run: async () => {
        for (const { id } of others) await tenantry.endSession({ params: { id } });
        await refreshProfile();
        notify(t("profile.sessions.ended"));
      },
    });
  return (
    <Section
      title={t("profile.sessions.title")}
      hint={t("profile.sessions.hint")}
      actions={
        others.length > 0 && (
          <Button variant="default" size="xs" onClick={endOthers}>
            {t("profile.sessions.others")}
          </Button>
        )
      }
    >
      {error !== null && !data && <Problem error={error} onRetry={() => void refetch()} />}
      {data && <SessionList sessions={data.items} onEnd={(session) => void end(session)} />}
    </Section>
  );
}
