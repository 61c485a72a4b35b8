import { NativeSelect } from "@mantine/core";
import type { Schemas } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { type Role, rolesAt } from "./data.ts";

interface RoleSelectProps {
  level: Schemas["Level"];
  value: Role;
  onChange: (role: Role) => void;
  error?: string | undefined;
  disabled?: boolean;
}

/** The role of a user or a key, and what it may do. */
export function RoleSelect({ level, value, onChange, error, disabled = false }: RoleSelectProps) {
  const { t } = useTranslation();
  const roles = rolesAt(level);
  const shown = roles.includes(value) ? roles : [value, ...roles];
  return (
    <NativeSelect
      label={t("users.fields.role")}
      description={t(`users.roleHints.${value}`)}
      value={value}
      data={shown.map((role) => ({ value: role, label: t(`terms.roles.${role}`) }))}
      error={error}
      disabled={disabled}
      onChange={(event) => {
        const chosen = shown.find((role) => role === event.currentTarget.value);
        if (chosen) onChange(chosen);
      }}
    />
  );
}
