import { TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

interface CountFieldProps {
  label: string;
  description?: ReactNode;
  /** null: none, where that is possible. */
  value: number | null;
  onChange: (value: number | null) => void;
  error?: string | undefined;
  /** What an empty field means. */
  none?: string;
  disabled?: boolean;
}

/** A whole number. Empty: none. */
export function CountField({ label, description, value, onChange, error, none, disabled = false }: CountFieldProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(value === null ? "" : String(value));
  const isNumber = /^\s*\d*\s*$/.test(text);
  useEffect(() => {
    setText((typed) =>
      (typed.trim() === "" ? null : Number(typed)) === value ? typed : value === null ? "" : String(value),
    );
  }, [value]);
  return (
    <TextInput
      label={label}
      description={description}
      inputMode="numeric"
      placeholder={none ?? ""}
      value={text}
      disabled={disabled}
      error={isNumber ? error : t("parts.count.invalid")}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        if (/^\s*\d*\s*$/.test(typed)) onChange(typed.trim() === "" ? null : Number(typed));
      }}
    />
  );
}
