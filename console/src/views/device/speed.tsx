import { useTranslation } from "react-i18next";
import { useFormats } from "../../parts/show/formats.ts";

interface SpeedProps {
  now: { bytesPerSecond: number | null; until: string | null };
}

/** How fast it may send at the moment, and until when that stays so. */
export function Speed({ now: { bytesPerSecond, until } }: SpeedProps) {
  const { t } = useTranslation();
  const { bytes, dateTime } = useFormats();
  const how =
    bytesPerSecond === null
      ? t("devices.speed.unlimited")
      : t("devices.speed.limited", { speed: `${bytes(bytesPerSecond)}/s` });
  return (
    <>
      {how}
      {until !== null && <> {t("devices.speed.until", { at: dateTime(until) })}</>}
    </>
  );
}
