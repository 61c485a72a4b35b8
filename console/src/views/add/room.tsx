import { useTranslation } from "react-i18next";
import { Bar } from "../../parts/show/bar.tsx";
import { Facts, Note } from "../../parts/page.tsx";

interface RoomProps {
  title: string;
  /** What the level above has in all, has given to others, and can still give; null: unrestricted. */
  limit: number | null;
  given: number;
  free: number | null;
  /** What is asked for, beyond what the customer has already; null: no share of its own. */
  asked: number | null;
  format: (value: number) => string;
}

/** What the level above has left, now and once this is saved. */
export function Room({ title, limit, given, free, asked, format }: RoomProps) {
  const { t } = useTranslation();
  const left = free === null ? null : free - (asked ?? 0);
  return (
    <div>
      <Facts
        items={[
          [t("add.room.of", { name: title }), limit === null ? t("terms.unlimited") : format(limit)],
          [t("add.room.given"), format(given)],
          [t("add.room.free"), free === null ? t("terms.unlimited") : format(free)],
          [t("add.room.after"), left === null ? null : <strong>{format(Math.max(0, left))}</strong>],
        ]}
      />
      {limit !== null && limit > 0 && (
        <Bar used={(free === null ? given : limit - free) + (asked ?? 0)} limit={limit} format={format} />
      )}
      {left !== null && left < 0 && <Note tone="bad">{t("add.room.tooMuch", { amount: format(-left) })}</Note>}
    </div>
  );
}
