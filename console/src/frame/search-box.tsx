import { Combobox, Loader, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBuilding, IconDeviceDesktop, IconSearch, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Schemas } from "@tenantry/client";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { tell } from "../app/problem.ts";
import { searchQuery } from "./data.ts";
import styles from "./search-box.module.css";
import { addressOf } from "./search-target.ts";

type Match = Schemas["Match"];
const icons = { customer: IconBuilding, account: IconUser, device: IconDeviceDesktop } as const;

/** Finds customers, accounts and devices anywhere in the branch, by how they begin. `/` goes there. */
export function SearchBox() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 180);
  const { data, error, isFetching } = useQuery(searchQuery(asked));
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const { target } = event;
      const typing =
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  const items = asked === "" ? [] : (data?.items ?? []);
  // Enter opens the first that was found, without an arrow key before.
  const found = items.map(({ id }) => id).join();
  useEffect(() => {
    if (found === "") combobox.resetSelectedOption();
    else combobox.selectFirstOption();
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [found]);
  const open = (id: string): void => {
    const match = items.find((one) => one.id === id);
    if (!match) return;
    setText("");
    combobox.closeDropdown();
    input.current?.blur();
    void navigate({ to: addressOf(match) });
  };
  const waiting = text.trim() !== "" && (isFetching || asked !== text.trim());
  return (
    <Combobox store={combobox} onOptionSubmit={open} withinPortal={false} transitionProps={{ duration: 0 }}>
      <Combobox.Target>
        <TextInput
          ref={input}
          size="sm"
          type="search"
          aria-label={t("frame.search")}
          placeholder={t("frame.search")}
          value={text}
          leftSection={<IconSearch size={16} aria-hidden />}
          rightSection={
            waiting ? <Loader size={14} aria-label={t("frame.searching")} /> : <kbd className={styles.key}>/</kbd>
          }
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          onChange={(event) => {
            setText(event.currentTarget.value);
            combobox.openDropdown();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown className={styles.found}>
        <Combobox.Options aria-label={t("frame.search")}>
          {items.map((match) => (
            <Combobox.Option key={match.id} value={match.id}>
              <Found match={match} />
            </Combobox.Option>
          ))}
          {items.length === 0 && (
            <Combobox.Empty className={styles.note}>
              {asked === ""
                ? t("frame.searchHint")
                : error
                  ? tell(error).sentence
                  : data
                    ? t("frame.searchNothing", { text: asked })
                    : t("frame.searching")}
            </Combobox.Empty>
          )}
        </Combobox.Options>
        {items.length > 0 && typeof data?.nextCursor === "string" && (
          <div className={styles.note}>{t("frame.searchMore")}</div>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}

function Found({ match }: { match: Match }) {
  const { t } = useTranslation();
  const { kind, name, matched, path, deletedAt } = match;
  const Icon = icons[kind];
  const above = (kind === "customer" ? path.slice(0, -1) : path).map((step) => step.name).join(" › ");
  return (
    <span className={styles.match}>
      <Icon size={18} stroke={1.6} aria-hidden />
      <span className={styles.text}>
        <span className={styles.name}>
          {name}
          {deletedAt !== null && <em> ({t("frame.deleted")})</em>}
        </span>
        <span className={styles.path}>
          {t(`terms.kinds.${kind}`)} {matched === "name" || matched === "username" ? "" : t(`terms.matched.${matched}`)}
          {above === "" ? "" : ` · ${above}`}
        </span>
      </span>
    </span>
  );
}
