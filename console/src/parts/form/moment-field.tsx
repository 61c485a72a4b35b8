import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { timeZone } from "../show/formats.ts";

interface MomentFieldProps {
  label: string;
  description?: ReactNode;
  /** ISO 8601; null: none */
  value: string | null;
  onChange: (value: string | null) => void;
  error?: string | undefined;
  kind?: "date" | "datetime-local";
  required?: boolean;
  /** In a row of filters: small, its label is only heard. */
  hideLabel?: boolean;
}

/** What the browser's own field takes for a moment, in the reader's time zone. */
function local(iso: string, kind: "date" | "datetime-local"): string {
  const date = new Date(iso);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
  return kind === "date" ? shifted.slice(0, 10) : shifted.slice(0, 16);
}

/** A day or a moment, entered in the reader's time zone. */
export function MomentField({
  label,
  description,
  value,
  onChange,
  error,
  kind = "datetime-local",
  required,
  hideLabel = false,
}: MomentFieldProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      type={kind}
      {...(hideLabel
        ? { size: "xs", "aria-label": label, title: t("frame.timeZone", { zone: timeZone() }) }
        : {
            label,
            description: description ?? (kind === "date" ? undefined : t("frame.timeZone", { zone: timeZone() })),
          })}
      value={value === null ? "" : local(value, kind)}
      required={required ?? false}
      withAsterisk={required ?? false}
      error={error}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        const at = new Date(kind === "date" ? `${typed}T00:00` : typed);
        onChange(typed === "" || Number.isNaN(at.getTime()) ? null : at.toISOString());
      }}
    />
  );
}
