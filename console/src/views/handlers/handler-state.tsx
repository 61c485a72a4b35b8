import { IconPlayerPause } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Delivery, Handler } from "./data.ts";

/** Whether a handler hears events, and if not, why. */
export function HandlerState({ handler: { active, disabledReason } }: { handler: Handler }) {
  const { t } = useTranslation();
  if (disabledReason !== null) return <Status tone="bad" label={t(`handlers.disabled.${disabledReason}`)} />;
  return active ? (
    <Status tone="good" label={t("handlers.on")} />
  ) : (
    <Status tone="calm" icon={IconPlayerPause} label={t("handlers.paused")} />
  );
}

const tones: Record<Delivery["state"], Tone> = { pending: "calm", delivered: "good", failed: "bad", left_out: "warn" };

/** What has become of a delivery. */
export function DeliveryState({ state }: { state: Delivery["state"] }) {
  const { t } = useTranslation();
  return <Status tone={tones[state]} label={t(`handlers.deliveryStates.${state}`)} />;
}
