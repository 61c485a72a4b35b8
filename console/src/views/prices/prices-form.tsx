import { TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { notify } from "../../parts/dialogs/notify.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { type Form, useForm } from "../../parts/form/use-form.ts";
import { Fields } from "../../parts/page.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { dayAfter, latestDay, nextStart, type PricePlan, refreshPrices, useSavePlan } from "./data.ts";
import { today } from "../../parts/show/today.ts";
import styles from "./prices.module.css";
import { type Fault, fieldAt, type Values, valuesOf, type Version, versionOf } from "./values.ts";
import { VersionFields } from "./version-fields.tsx";

/** What is sent, and what keeps it from being sent. */
interface Sending<T> {
  form: Form<Values>;
  faults: Readonly<Record<string, Fault>>;
  send: () => Promise<T>;
}

/** Sends prices. Whoever may be far below them is taken to the first field that is at fault. */
function useSending() {
  const { t } = useTranslation();
  const top = useRef<HTMLDivElement>(null);
  const [refusals, setRefusals] = useState(0);
  useEffect(() => {
    if (refusals > 0) top.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals]);
  const submit = async <T,>({ form, faults, send }: Sending<T>): Promise<T | undefined> => {
    const said = Object.entries(faults).map(([name, fault]) => [name, t(`prices.faults.${fault}`)] as const);
    const saved = form.fault(Object.fromEntries(said)) ? undefined : await form.submit(send);
    if (saved === undefined) setRefusals((before) => before + 1);
    return saved;
  };
  return { top, submit };
}

/** Where amounts are typed, they have the reader's decimal sign. */
const usePoint = (): "." | "," => (useTranslation().i18n.language === "de" ? "," : ".");

const Sheet = ({ top, children }: { top: React.RefObject<HTMLDivElement | null>; children: ReactNode }) => (
  <div className={styles.stack} ref={top}>
    {children}
  </div>
);

/** A new price plan, with its first prices. */
export function NewPlanForm({ onDone }: { onDone: (made: PricePlan | null) => void }) {
  const { t } = useTranslation();
  const point = usePoint();
  const [initial] = useState((): Values => ({
    name: "",
    currency: "EUR",
    ...valuesOf(null, `${today().slice(0, 7)}-01`, "EUR", point),
  }));
  const form = useForm<Values>({ id: "prices.new", initial, fieldAt });
  const { top, submit } = useSending();
  const name = (form.values["name"] ?? "").trim();
  const currency = (form.values["currency"] ?? "").trim().toUpperCase();
  const save = async (): Promise<void> => {
    const { version, faults } = versionOf(form.values, currency);
    const missing = {
      ...(name === "" && { name: "required" as const }),
      ...(currency === "" && { currency: "required" as const }),
    };
    const made = await submit({
      form,
      faults: { ...missing, ...faults },
      send: () => tenantry.createPricePlan({ body: { name, currency, versions: [version] } }),
    });
    if (!made) return;
    notify(t("prices.created", { name: made.name }));
    await refreshPrices();
    onDone(made);
  };
  return (
    <FormFrame form={form} action={t("prices.create")} onSubmit={() => void save()} onCancel={() => onDone(null)}>
      <Sheet top={top}>
        <Fields>
          <TextInput label={t("prices.fields.name")} withAsterisk data-autofocus {...form.text("name")} />
          <TextInput
            label={t("prices.fields.currency")}
            description={t("prices.fields.currencyHint")}
            maxLength={3}
            withAsterisk
            {...form.text("currency")}
          />
          <TextInput label={t("prices.fields.validFrom")} type="date" withAsterisk {...form.text("validFrom")} />
        </Fields>
        <VersionFields form={form} currency={currency} />
      </Sheet>
    </FormFrame>
  );
}

interface VersionFormProps {
  base: PricePlan;
  /** The day that the prices begin on which are changed; null: new ones. */
  validFrom: string | null;
  onDone: () => void;
}

/** Prices of a plan from a day to come on: new ones, which begin as a copy of the latest, or changed ones. */
export function VersionForm({ base, validFrom, onDone }: VersionFormProps) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const point = usePoint();
  const { currency, versions } = base;
  const [initial] = useState((): Values => {
    const latest = versions.reduce<Version | null>(
      (one, other) => (one === null || other.validFrom > one.validFrom ? other : one),
      null,
    );
    const shown = validFrom === null ? latest : (versions.find((version) => version.validFrom === validFrom) ?? latest);
    return valuesOf(shown, validFrom ?? nextStart(base), currency, point);
  });
  const form = useForm<Values>({
    id: `prices.${base.id}.${base.version}.${validFrom ?? "new"}`,
    initial,
    fieldAt,
  });
  const { top, submit } = useSending();
  const save = useSavePlan(base);
  const earliest = dayAfter(latestDay());
  const send = async (): Promise<void> => {
    const { version, faults } = versionOf(form.values, currency);
    const isTaken = versions.some((other) => other.validFrom === version.validFrom && other.validFrom !== validFrom);
    const saved = await submit({
      form,
      faults: { ...faults, ...(isTaken && { validFrom: "taken" as const }) },
      send: () =>
        save({
          versions: {
            ...(validFrom !== null && validFrom !== version.validFrom && { [validFrom]: null }),
            [version.validFrom]: version,
          },
        }),
    });
    if (saved === undefined) return;
    await refreshPrices();
    if (saved !== null) notify(t("prices.saved", { day: period(version.validFrom) }));
    onDone();
  };
  return (
    <FormFrame form={form} action={t("parts.save")} onSubmit={() => void send()} onCancel={onDone}>
      <Sheet top={top}>
        {validFrom === null && <p className={styles.soft}>{t("prices.newVersionStart", { day: period(earliest) })}</p>}
        <Fields>
          <TextInput
            label={t("prices.fields.validFrom")}
            type="date"
            min={earliest}
            withAsterisk
            data-autofocus
            {...form.text("validFrom")}
          />
        </Fields>
        <VersionFields form={form} currency={currency} />
      </Sheet>
    </FormFrame>
  );
}
