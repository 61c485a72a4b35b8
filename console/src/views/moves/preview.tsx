import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { sayFully, serviceSays } from "../../app/problem.ts";
import type { Schemas } from "@tenantry/client";
import type { Node } from "../../app/areas.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Note } from "../../parts/page.tsx";
import type { Outcome, Wish } from "./data.ts";
import styles from "./moves.module.css";

interface PreviewProps {
  wish: Wish;
  outcome: Outcome;
  nameOf: (id: string) => string;
  path: Node["path"];
}
type Moved = Schemas["MovedCustomer"];
type Sight = Pick<Moved, "losesSight" | "gainsSight" | "settings" | "room">;

/** What would move and change, in plain words, and what stands against it. */
export function Preview({ wish, outcome, nameOf }: PreviewProps) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { customer, preview, refusals, possible } = outcome;
  return (
    <>
      {refusals.length > 0 && (
        <Note tone={possible > 0 ? "warn" : "bad"}>
          <p className={styles.head}>{possible > 0 ? t("moves.someRefused") : t("moves.refused")}</p>
          <ul className={styles.list}>
            {refusals.map(({ id, code, message }) => (
              <li key={`${id} ${code} ${message}`}>
                {id !== null && <strong>{nameOf(id)}: </strong>}
                {sayFully({ code, message })}
              </li>
            ))}
          </ul>
        </Note>
      )}
      {customer && (
        <>
          <Note tone="good">
            {t("moves.customerMoves", {
              name: customer.customer.name,
              from: customer.from.name,
              to: customer.to.name,
            })}{" "}
            {t("moves.along", {
              customers: t("details.goes.customers", { count: customer.preview?.nodes.customers ?? 1 }),
              accounts: t("details.goes.accounts", { count: customer.preview?.nodes.accounts ?? 0 }),
              devices: t("details.goes.devices", { count: customer.moves.devices }),
              data: bytes(customer.moves.usedBytes),
            })}
          </Note>
          <Changes change={customer} />
          {customer.preview && (
            <Reports ends={customer.preview.reports.endAt.length} begins={customer.preview.reports.beginAt.length} />
          )}
          {customer.storageServer?.kept === true && <Note>{t("moves.serverKept")}</Note>}
          {customer.replication && <Note tone="warn">{t("moves.replication")}</Note>}
        </>
      )}
      {preview && (
        <>
          {possible > 0 && (
            <Note tone="good">
              {t("moves.thingsMove", {
                accounts: t("details.goes.accounts", { count: preview.moves.accounts }),
                devices: t("details.goes.devices", { count: preview.moves.devices }),
                data: bytes(preview.moves.usedBytes),
                to: preview.to.name,
              })}
            </Note>
          )}
          {preview.warnings.map(({ code, message, path }) => (
            <Note key={`${path} ${code}`} tone="warn">
              {t(`moves.warnings.${code}`)} <span>{serviceSays(message)}</span>
            </Note>
          ))}
          {preview.from.map((from) => (
            <div key={from.customer.id} className={styles.part}>
              <p className={styles.head}>{t("moves.fromCustomer", { name: from.customer.name })}</p>
              <Changes change={from} />
            </div>
          ))}
        </>
      )}
      {!customer && !preview && possible > 0 && (
        <Note tone="good">{t(`moves.ready.${wish.what}`, { count: possible })}</Note>
      )}
      {possible > 0 && <Note>{t("moves.stays")}</Note>}
    </>
  );
}

function Changes({ change: { losesSight, gainsSight, settings, room } }: { change: Sight }) {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const level = (word: string): string =>
    word === "default" ? t("settings.source.default") : t(`terms.levels.${word as Node["level"]}`);
  const value = (name: string, given: unknown): string => {
    if (given === null || given === undefined) return t("terms.none");
    if (typeof given === "boolean") return t(given ? "settings.on" : "settings.off");
    if (typeof given === "number") return /bytes/i.test(name) ? bytes(given) : number(given);
    return typeof given === "string" ? given : JSON.stringify(given);
  };
  const label = (name: string): string =>
    i18next.exists(`settings.fields.${name}.label`)
      ? t(`settings.fields.${name}.label` as "settings.title" as never)
      : name.startsWith("throttle")
        ? `${t("settings.throttle.title")} (${name.slice(9)})`
        : name;
  const free = (given: number | null, write: (amount: number) => string): string =>
    given === null ? t("terms.unlimited") : write(given);
  return (
    <ul className={styles.list}>
      {losesSight.length > 0 && (
        <li>{t("moves.losesSight", { names: losesSight.map(({ name }) => name).join(", ") })}</li>
      )}
      {gainsSight.length > 0 && (
        <li>{t("moves.gainsSight", { names: gainsSight.map(({ name }) => name).join(", ") })}</li>
      )}
      {settings.map(({ path, before, after }) => (
        <li key={path}>
          {label(path)}: {value(path, before.value)} ({level(before.level)}) →{" "}
          <strong>{value(path, after.value)}</strong> ({level(after.level)})
        </li>
      ))}
      {room.flatMap(({ id, name, space, licences, devices }) => [
        space.before !== space.after && (
          <li key={`${id} space`}>
            {t("allocations.pool.space", { name })}: {free(space.before, bytes)} →{" "}
            <strong>{free(space.after, bytes)}</strong>
          </li>
        ),
        licences.before !== licences.after && (
          <li key={`${id} licences`}>
            {t("allocations.pool.licences", { name })}: {free(licences.before, number)} →{" "}
            <strong>{free(licences.after, number)}</strong>
          </li>
        ),
        devices.before !== devices.after && (
          <li key={`${id} devices`}>
            {t("moves.freeDevices", { name })}: {free(devices.before, number)} →{" "}
            <strong>{free(devices.after, number)}</strong>
          </li>
        ),
      ])}
      {losesSight.length + gainsSight.length + settings.length === 0 && <li>{t("moves.nothingChanges")}</li>}
    </ul>
  );
}

function Reports({ ends, begins }: { ends: number; begins: number }) {
  const { t } = useTranslation();
  if (ends + begins === 0) return null;
  return <Note>{t("moves.reports", { ends, begins })}</Note>;
}
