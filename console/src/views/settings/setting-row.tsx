import { MultiSelect, NativeSelect, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { AmountCell } from "../../parts/form/amount-cell.tsx";
import type { Form } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { useRegions } from "../../parts/show/regions.ts";
import { type Effective, effectiveValue, type FieldName, type Kind } from "./catalogue.ts";
import styles from "./settings.module.css";
import type { SettingValues } from "./settings-view.tsx";
import { Source } from "./source.tsx";

const locations = "AU BE BR CA DK FR DE IT NL NO PT ZA ES SE CH GB US".split(" ");
/** Where a level may have a value that nobody has yet. */
const fresh: Partial<Record<FieldName, unknown>> = { "log.retentionDays": 3650, "mail.setupUrl": "https://" };

interface SettingRowProps {
  node: Node;
  name: FieldName;
  kind: Kind;
  form: Form<SettingValues>;
  effective: Effective;
  above: Effective | null;
  mayEdit: boolean;
  /** Another level decides: here it is only shown. */
  locked: boolean;
}

/** One setting: inherited or own, its value, and where that comes from. */
export function SettingRow({ node, name, kind, form, effective, above, mayEdit, locked }: SettingRowProps) {
  const { t } = useTranslation();
  const now = effectiveValue(effective, name);
  const inherited = above ? effectiveValue(above, name) : null;
  const { value, onChange, error } = form.field(name);
  const isOwn = value !== null && value !== undefined;
  const wasOwn = now.source.id === node.id;
  // What would apply if this level said nothing.
  const shown = isOwn ? { ...now, value } : wasOwn && inherited ? inherited : now;
  const label = t(`settings.fields.${name}.label`);
  return (
    <div className={styles.row} role="group" aria-label={label}>
      <div>
        <div className={styles.label}>{label}</div>
        <div className={styles.hint}>{t(`settings.fields.${name}.hint`)}</div>
        {isOwn ? (
          <Source node={node} source={{ id: node.id, level: node.level }} />
        ) : (
          <Source node={node} source={shown.source} />
        )}
      </div>
      {mayEdit ? (
        <SegmentedControl
          size="xs"
          aria-label={`${label}: ${t("settings.which")}`}
          value={isOwn ? "own" : "inherit"}
          data={[
            { value: "inherit", label: t(node.level === "provider" ? "settings.default" : "settings.inherit") },
            { value: "own", label: t("settings.own") },
          ]}
          onChange={(mode) => onChange(mode === "own" ? (shown.value ?? fresh[name] ?? "") : null)}
        />
      ) : (
        <span className={styles.hint}>{locked && t("settings.decidedAbove")}</span>
      )}
      <div className={styles.value}>
        {mayEdit && isOwn ? (
          <Control kind={kind} name={name} label={label} value={value} onChange={onChange} error={error} />
        ) : (
          <Shown kind={kind} name={name} value={shown.value} />
        )}
      </div>
    </div>
  );
}

interface ControlProps {
  kind: Kind;
  name: FieldName;
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
  error: string | undefined;
}

function Control({ kind, name, label, value, onChange, error }: ControlProps) {
  const { t } = useTranslation();
  const region = useRegions();
  const hidden = { "aria-label": label };
  if (kind === "flag")
    return (
      <Switch
        {...hidden}
        label={t(value === true ? "settings.on" : "settings.off")}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  if (kind === "bytes" || kind === "count")
    return (
      <>
        <AmountCell
          label={label}
          kind={kind}
          none="0"
          value={typeof value === "number" ? value : null}
          wrong={error !== undefined}
          onChange={(amount) => onChange(amount ?? 0)}
        />
        {error !== undefined && <div className={styles.fault}>{error}</div>}
      </>
    );
  if (kind === "locations")
    return (
      <MultiSelect
        {...hidden}
        searchable
        clearable
        data={locations.map((code) => ({ value: code, label: region(code) }))}
        value={Array.isArray(value) ? value.map(String) : []}
        onChange={onChange}
        error={error}
      />
    );
  if (typeof kind === "string")
    return (
      <TextInput
        {...hidden}
        type={kind}
        value={typeof value === "string" ? value : ""}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
      />
    );
  return (
    <NativeSelect
      {...hidden}
      value={String(value)}
      data={kind.map((word) => ({ value: word, label: t(`settings.words.${name}.${word}` as "settings.on") }))}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}

/** A value that is only looked at. */
function Shown({ kind, name, value }: Pick<ControlProps, "kind" | "name" | "value">) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const region = useRegions();
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0))
    return <>{t("terms.none")}</>;
  if (kind === "flag") return <>{t(value === true ? "settings.on" : "settings.off")}</>;
  if (kind === "bytes") return <>{bytes(Number(value))}</>;
  if (kind === "count") return <>{number(Number(value))}</>;
  if (Array.isArray(value)) return <>{value.map((code) => region(String(code))).join(", ")}</>;
  if (typeof kind !== "string") return <>{t(`settings.words.${name}.${String(value)}` as "settings.on")}</>;
  return <>{String(value)}</>;
}
