import { Button, Group, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay } from "../../app/session.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Facts, Note } from "../../parts/page.tsx";
import { Problem } from "../../parts/states.tsx";
import { effectiveQuery } from "./data.ts";
import styles from "./details-mail.module.css";

/** The mail with a customer's account details: to look at, then to send. */
export function DetailsMail({ id }: { id: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [state, setState] = useState<"ready" | "sending" | "sent">("ready");
  const [refusal, setRefusal] = useState<unknown>(null);
  const settings = useQuery(effectiveQuery(id));
  const {
    data: mail,
    error,
    refetch,
  } = useQuery({
    queryKey: ["customers", "details-mail", id],
    queryFn: ({ signal }) => tenantry.previewAccountDetails({ params: { id }, signal }),
  });
  if (error !== null) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!mail) return <Skeleton height={180} />;
  const isOff = settings.data?.mail.enabled.value === false;
  const send = async (): Promise<void> => {
    setState("sending");
    setRefusal(null);
    try {
      await tenantry.sendAccountDetails({ params: { id } });
      setState("sent");
      notify(t("add.mail.sent", { address: mail.to.addressDisplay }));
    } catch (failure) {
      setRefusal(failure);
      setState("ready");
    }
  };
  return (
    <>
      <Facts
        items={[
          [t("add.mail.to"), `${mail.to.name} <${mail.to.addressDisplay}>`],
          [t("add.mail.subject"), mail.subject],
        ]}
      />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.mail} tabIndex={0} role="group" aria-label={t("add.mail.title")}>
        {mail.text}
      </pre>
      {refusal !== null && <Problem error={refusal} />}
      {isOff && (
        <Note tone="warn">
          {t("add.mail.off")}{" "}
          <Link to="/n/$nodeId" params={{ nodeId: id }}>
            {t("add.mail.toSettings")}
          </Link>
        </Note>
      )}
      {may("accounts:write") && !isOff && (
        <Group justify="flex-end">
          {state === "sent" ? (
            <Note tone="good">{t("add.mail.sent", { address: mail.to.addressDisplay })}</Note>
          ) : (
            <Button loading={state === "sending"} onClick={() => void send()}>
              {t("add.mail.send")}
            </Button>
          )}
        </Group>
      )}
    </>
  );
}
