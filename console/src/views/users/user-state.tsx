import { IconMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { User } from "./data.ts";

const tones: Record<User["state"], Tone> = { invited: "calm", active: "good", disabled: "warn", ended: "warn" };

/** Whether a user can log in, and if not, why. */
export function UserState({ state }: { state: User["state"] }) {
  const { t } = useTranslation();
  return (
    <Status tone={tones[state]} label={t(`users.state.${state}`)} {...(state === "invited" && { icon: IconMail })} />
  );
}
