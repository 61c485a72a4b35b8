import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import i18next from "i18next";
import { tell } from "../../app/problem.ts";
import { NotProved } from "../../app/step-up.tsx";

/** Says that something is done; where it can be undone, with a button for that. */
export function notify(message: string, undo?: () => Promise<unknown>): void {
  const id = crypto.randomUUID();
  const takeBack = async (): Promise<void> => {
    if (!undo) return;
    notifications.hide(id);
    try {
      await undo();
      notify(i18next.t("parts.undone"));
    } catch (error) {
      notifyProblem(error);
    }
  };
  notifications.show({
    id,
    color: "green",
    icon: <IconCircleCheck size={18} aria-hidden />,
    autoClose: undo ? 12_000 : 5000,
    closeButtonProps: { "aria-label": i18next.t("parts.close") },
    message: undo ? (
      <>
        {message}{" "}
        <Button size="compact-sm" variant="subtle" onClick={() => void takeBack()}>
          {i18next.t("parts.undo")}
        </Button>
      </>
    ) : (
      message
    ),
  });
}

/** Says that something has failed: what, what to do, and the id of the request. */
export function notifyProblem(error: unknown): void {
  if (error instanceof NotProved) return; // a dialog that somebody has closed
  const { sentence, detail, requestId } = tell(error);
  notifications.show({
    color: "red",
    icon: <IconAlertTriangle size={18} aria-hidden />,
    autoClose: 15_000,
    withBorder: true,
    title: sentence,
    closeButtonProps: { "aria-label": i18next.t("parts.close") },
    message: [detail, requestId === null ? null : i18next.t("problems.request", { id: requestId })]
      .filter((part) => part !== null)
      .join(" · "),
  });
}
