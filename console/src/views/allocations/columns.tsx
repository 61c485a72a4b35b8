import { IconBuilding, IconDeviceDesktop, IconStack2, IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Bar } from "../../parts/show/bar.tsx";
import { AmountCell } from "../../parts/form/amount-cell.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import type { Column } from "../../parts/table/column.ts";
import styles from "./allocations.module.css";
import { type Allocation, type EditedField, type Edits, type Free, savedValue } from "./plan.ts";

const icons = {
  customer: IconBuilding,
  account: IconUser,
  device: IconDeviceDesktop,
  "backup-set": IconStack2,
} as const;

interface Work {
  edits: Edits;
  free: { space: Map<string, Free>; licences: Map<string, Free> };
  depths: Map<string, number>;
  faults: ReadonlySet<string>;
  mayEdit: (row: Allocation) => boolean;
  edit: (row: Allocation, field: EditedField, value: number | null) => void;
}

/** The columns of the allocations table; limits are fields where the caller may change them. */
export function useAllocationColumns({ edits, free, depths, faults, mayEdit, edit }: Work): Column<Allocation>[] {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  return useMemo((): Column<Allocation>[] => {
    const amount = (row: Allocation, field: EditedField, kind: "bytes" | "count", name: string, none: string) => {
      const edited = edits[row.id]?.[field];
      const value = edited === undefined ? savedValue(row, field) : edited;
      if (!mayEdit(row)) return value === null ? none : kind === "bytes" ? bytes(value) : number(value);
      return (
        <AmountCell
          label={`${name}: ${row.name}`}
          kind={kind}
          value={value}
          none={none}
          changed={edited !== undefined}
          wrong={faults.has(row.id) && edited !== undefined}
          onChange={(next) => edit(row, field, next)}
        />
      );
    };
    const pool = (known: Free | undefined, write: (value: number) => string) => {
      if (!known) return "–";
      const word = (value: number | null): string => (value === null ? t("terms.unlimited") : write(value));
      if (known.now === known.after) return word(known.now);
      return (
        <strong style={known.after !== null && known.after < 0 ? { color: "var(--bad)" } : undefined}>
          {word(known.now)} → {word(known.after)}
        </strong>
      );
    };
    return [
      {
        id: "name",
        header: t("allocations.columns.name"),
        width: 280,
        grow: true,
        value: ({ name }) => name,
        cell: (row) => {
          const Icon = icons[row.kind];
          return (
            <span
              className={`${styles.name} ${row.deletedAt === null ? "" : styles.deleted}`}
              style={{ paddingInlineStart: (depths.get(row.id) ?? 0) * 16 }}
              title={row.name}
            >
              <Icon size={15} aria-hidden />
              {row.kind === "customer" ? (
                <Link to="/n/$nodeId/allocations" params={{ nodeId: row.id }} data-name>
                  {row.name}
                </Link>
              ) : (
                <span>{row.name}</span>
              )}
            </span>
          );
        },
      },
      {
        id: "kind",
        header: t("allocations.columns.kind"),
        width: 110,
        value: (row) => (row.kind === "customer" ? row.level : row.kind),
        cell: (row) => (row.kind === "customer" ? t(`terms.levels.${row.level}`) : t(`allocations.kind.${row.kind}`)),
      },
      {
        id: "space",
        header: t("allocations.columns.space"),
        width: 140,
        brief: true,
        value: (row) => savedValue(row, row.kind === "account" ? "quota" : "space"),
        cell: (row) =>
          row.kind === "customer"
            ? amount(row, "space", "bytes", t("allocations.columns.space"), t("terms.unlimited"))
            : row.kind === "account"
              ? amount(row, "quota", "bytes", t("allocations.quota"), t("allocations.plan"))
              : "–",
      },
      {
        id: "free",
        header: t("allocations.columns.free"),
        width: 170,
        value: (row) => free.space.get(row.id)?.now ?? null,
        cell: (row) => pool(free.space.get(row.id), bytes),
      },
      {
        id: "used",
        header: t("allocations.columns.used"),
        width: 150,
        value: (row) => row.space?.usedBytes ?? null,
        cell: (row) =>
          row.space === null ? (
            "–"
          ) : (
            <Bar
              brief
              used={row.space.usedBytes}
              limit={
                row.kind === "customer"
                  ? row.space.limitBytes
                  : row.kind === "account"
                    ? row.space.effectiveQuotaBytes
                    : null
              }
              format={bytes}
            />
          ),
      },
      {
        id: "licences",
        header: t("allocations.columns.licences"),
        width: 110,
        brief: true,
        value: (row) => savedValue(row, "licences"),
        cell: (row) =>
          row.kind === "customer"
            ? amount(row, "licences", "count", t("allocations.columns.licences"), t("terms.automatic"))
            : "–",
      },
      {
        id: "licencesFree",
        header: t("allocations.columns.licencesFree"),
        width: 130,
        value: (row) => free.licences.get(row.id)?.now ?? null,
        cell: (row) => pool(free.licences.get(row.id), number),
      },
      {
        id: "licencesUsed",
        header: t("allocations.columns.licencesUsed"),
        width: 120,
        align: "right",
        value: (row) => row.licences?.used ?? null,
        cell: (row) => (row.licences === null ? "–" : number(row.licences.used)),
      },
      {
        id: "devices",
        header: t("allocations.columns.deviceLimit"),
        width: 110,
        value: (row) => savedValue(row, "devices"),
        cell: (row) =>
          row.kind === "customer"
            ? amount(row, "devices", "count", t("allocations.columns.deviceLimit"), t("terms.unlimited"))
            : "–",
      },
      {
        id: "deviceCount",
        header: t("allocations.columns.devices"),
        width: 90,
        align: "right",
        hidden: true,
        value: (row) => row.deviceCount,
        cell: (row) => (row.deviceCount === null ? "–" : number(row.deviceCount)),
      },
      {
        id: "soft",
        header: t("allocations.columns.soft"),
        width: 140,
        hidden: true,
        value: (row) => savedValue(row, "soft"),
        cell: (row) =>
          row.kind === "customer" ? amount(row, "soft", "bytes", t("allocations.columns.soft"), t("terms.none")) : "–",
      },
    ];
  }, [t, bytes, number, edits, free, depths, faults, mayEdit, edit]);
}
