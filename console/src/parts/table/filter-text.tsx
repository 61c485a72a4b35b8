import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

interface FilterTextProps {
  label: string;
  value: string | undefined;
  /** Is told a moment after the last letter. */
  onChange: (value: string | undefined) => void;
}

/** Narrows a list by the beginning of a name. */
export function FilterText({ label, value, onChange }: FilterTextProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(value ?? "");
  const tell = useDebouncedCallback((next: string) => onChange(next.trim() === "" ? undefined : next.trim()), 250);
  // Back and forward in the browser change the address, and so the filter.
  useEffect(() => setText(value ?? ""), [value]);
  return (
    <TextInput
      size="xs"
      w={220}
      aria-label={label}
      placeholder={label}
      value={text}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={
        text !== "" && (
          <CloseButton
            size="xs"
            aria-label={t("parts.table.clearFilters")}
            onClick={() => {
              setText("");
              onChange(undefined);
            }}
          />
        )
      }
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
    />
  );
}
