import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty, Failure } from "../parts/states.tsx";

/** An address that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <>
      <h1 className="visually-hidden">{t("frame.notFound")}</h1>
      <Empty icon={IconMapOff} title={t("frame.notFound")} hint={t("frame.notFoundHint")}>
        <Button component={Link} to="/" variant="default" mt="sm">
          {t("frame.toOverview")}
        </Button>
      </Empty>
    </>
  );
}

/** A view that has failed. */
export const RouteFailure = ({ error, reset }: ErrorComponentProps) => <Failure error={error} onRetry={reset} />;
