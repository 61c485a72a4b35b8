import { Combobox, InputBase, Loader, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import styles from "./thing-picker.module.css";

/** What a picker offers: a customer, an account or a device, with where it is. */
export interface Pick {
  id: string;
  name: string;
  place: string;
}

interface ThingPickerProps {
  label: string;
  description?: ReactNode;
  placeholder?: string;
  kind: Schemas["Match"]["kind"];
  value: Pick | null;
  onChange: (pick: Pick) => void;
  /** Offered while nothing is typed. */
  suggested?: readonly Pick[];
  /** Which of the matches can be chosen. */
  fits?: (match: Schemas["Match"]) => boolean;
  error?: string | undefined;
  disabled?: boolean;
}

const pickOf = ({ id, name, kind, path }: Schemas["Match"]): Pick => {
  const above = kind === "customer" ? path.slice(0, -1) : path;
  return { id, name, place: above.map((step) => step.name).join(" › ") };
};

/** Chooses a customer, an account or a device of the branch by the beginning of its name. */
export function ThingPicker(props: ThingPickerProps) {
  const { label, description, placeholder, kind, value, onChange, suggested = [], fits, error, disabled } = props;
  const { t } = useTranslation();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [typed, setTyped] = useState<string | null>(null);
  const [asked] = useDebouncedValue((typed ?? "").trim(), 200);
  const { data, isFetching } = useQuery({
    queryKey: ["search", kind, asked],
    queryFn: ({ signal }) => tenantry.search({ query: { q: asked, kind, limit: 30 }, signal }),
    enabled: asked !== "",
    staleTime: 10_000,
  });
  const found = (data?.items ?? []).filter((match) => match.deletedAt === null && (fits?.(match) ?? true)).map(pickOf);
  const offered = asked === "" ? suggested : found;
  const choose = (id: string): void => {
    const pick = offered.find((one) => one.id === id);
    if (!pick) return;
    onChange(pick);
    setTyped(null);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} transitionProps={{ duration: 0 }}>
      <Combobox.Target>
        <InputBase
          label={label}
          description={description}
          placeholder={placeholder ?? t("parts.picker.type")}
          error={error}
          disabled={disabled ?? false}
          value={typed ?? value?.name ?? ""}
          rightSection={isFetching ? <Loader size={14} /> : <Combobox.Chevron />}
          rightSectionPointerEvents="none"
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            combobox.openDropdown();
            combobox.updateSelectedOptionIndex("active");
          }}
          onFocus={(event) => event.currentTarget.select()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => {
            combobox.closeDropdown();
            setTyped(null);
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options className={styles.options} aria-label={label}>
          {offered.map((pick) => (
            <Combobox.Option key={pick.id} value={pick.id} active={pick.id === value?.id}>
              <div className={styles.name}>{pick.name}</div>
              {pick.place !== "" && <div className={styles.place}>{pick.place}</div>}
            </Combobox.Option>
          ))}
          {offered.length === 0 && (
            <Combobox.Empty>{t(asked === "" ? "parts.picker.type" : "parts.picker.nothing")}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
