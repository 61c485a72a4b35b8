import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const sizes = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 } as const;

/** Reads a size such as `500 GB` or `1,5 TB`; gigabytes where there is no unit. undefined: it is none */
export function parseBytes(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*([kmgtp]?b)?\s*$/i.exec(text);
  if (!found) return undefined;
  const unit = (found[2] ?? "GB").toUpperCase() as keyof typeof sizes;
  return Math.round(Number((found[1] ?? "").replace(",", ".")) * sizes[unit]);
}
const parseCount = (text: string): number | null | undefined =>
  text.trim() === "" ? null : /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;

/** An amount as it can be typed again: exact, in the largest unit with at most three decimals. */
export function writeBytes(value: number | null, language: string): string {
  if (value === null) return "";
  const unit = (["PB", "TB", "GB", "MB", "KB"] as const).find(
    (one) => value >= sizes[one] && Number.isInteger((value / sizes[one]) * 1000),
  );
  const format = new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 3 });
  return unit === undefined ? `${value} B` : `${format.format(value / sizes[unit])} ${unit === "KB" ? "kB" : unit}`;
}

interface AmountCellProps {
  /** What it is and of which row, for those who hear it. */
  label: string;
  kind: "bytes" | "count";
  value: number | null;
  onChange: (value: number | null) => void;
  /** What an empty field means. */
  none: string;
  changed?: boolean;
  wrong?: boolean;
  disabled?: boolean;
}

/** An amount that is changed in a row of a table. Empty: none. */
export function AmountCell({ label, kind, value, onChange, none, changed, wrong, disabled }: AmountCellProps) {
  const { t, i18n } = useTranslation();
  const write = (amount: number | null): string =>
    kind === "bytes" ? writeBytes(amount, i18n.language) : amount === null ? "" : String(amount);
  const parse = kind === "bytes" ? parseBytes : parseCount;
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? write(value);
  const isValid = parse(text) !== undefined;
  useEffect(() => setTyped(null), [value]);
  const take = (): void => {
    const amount = parse(text);
    if (amount === undefined) return;
    setTyped(null);
    if (amount !== value) onChange(amount);
  };
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder={none}
      value={text}
      disabled={disabled ?? false}
      error={!isValid || wrong === true}
      title={isValid ? undefined : t(kind === "bytes" ? "parts.bytes.invalid" : "parts.count.invalid")}
      data-changed={changed || undefined}
      styles={changed ? { input: { borderColor: "var(--accent-text)", fontWeight: 600 } } : {}}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        if (event.key === "Escape") setTyped(null);
      }}
    />
  );
}
