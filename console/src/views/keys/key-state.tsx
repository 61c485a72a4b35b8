import { useTranslation } from "react-i18next";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Key } from "./data.ts";

const tones: Record<Key["state"], Tone> = { active: "good", expired: "warn", revoked: "calm" };

/** Whether a key works. */
export function KeyState({ state }: { state: Key["state"] }) {
  const { t } = useTranslation();
  return <Status tone={tones[state]} label={t(`keys.state.${state}`)} />;
}
