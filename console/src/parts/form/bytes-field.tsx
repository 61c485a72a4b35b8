import { Input, NativeSelect, TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./bytes-field.module.css";

const units = ["MB", "GB", "TB", "PB"] as const;
type Unit = (typeof units)[number];
const sizes: Record<Unit, number> = { MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };

/** The largest unit in which an amount is written without more than three decimals. */
const unitFor = (bytes: number): Unit =>
  units.toReversed().find((unit) => bytes >= sizes[unit] && Number.isInteger((bytes / sizes[unit]) * 1000)) ?? "MB";

interface BytesFieldProps {
  label: string;
  description?: ReactNode;
  /** null: no limit, where that is possible. */
  value: number | null;
  onChange: (value: number | null) => void;
  error?: string | undefined;
  /** What an empty field means; without it, one must be filled in. */
  none?: string;
  disabled?: boolean;
}

/** A size in decimal units, as the API counts. Empty: none. */
export function BytesField({ label, description, value, onChange, error, none, disabled = false }: BytesFieldProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const [unit, setUnit] = useState<Unit>(() => (value === null || value === 0 ? "GB" : unitFor(value)));
  const write = (bytes: number | null, chosen: Unit): string =>
    bytes === null
      ? ""
      : new Intl.NumberFormat(i18n.language, { useGrouping: false, maximumFractionDigits: 6 }).format(
          bytes / sizes[chosen],
        );
  const [text, setText] = useState(() => write(value, unit));
  const [wrong, setWrong] = useState(false);
  const parse = (typed: string, chosen: Unit): number | null | undefined => {
    if (typed.trim() === "") return null;
    const amount = Number(typed.trim().replace(",", "."));
    return Number.isFinite(amount) && amount >= 0 ? Math.round(amount * sizes[chosen]) : undefined;
  };
  // Another value from outside, such as a form that was reset.
  useEffect(() => {
    if (parse(text, unit) !== value) setText(write(value, unit));
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [value]);
  const change = (typed: string, chosen: Unit): void => {
    setText(typed);
    setUnit(chosen);
    const bytes = parse(typed, chosen);
    setWrong(bytes === undefined);
    if (bytes !== undefined) onChange(bytes);
  };
  return (
    <Input.Wrapper label={label} description={description} error={wrong ? t("parts.bytes.invalid") : error} id={id}>
      <div className={styles.pair}>
        <TextInput
          id={id}
          value={text}
          inputMode="decimal"
          placeholder={none ?? ""}
          disabled={disabled}
          error={wrong || error !== undefined}
          onChange={(event) => change(event.currentTarget.value, unit)}
        />
        <NativeSelect
          aria-label={`${label}: ${t("parts.bytes.unit")}`}
          data={[...units]}
          value={unit}
          disabled={disabled}
          onChange={(event) => change(text, event.currentTarget.value as Unit)}
        />
      </div>
    </Input.Wrapper>
  );
}
