import { Button, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../../app/problem.ts";
import { aboutOf } from "./about.ts";
import { Actor } from "../../parts/show/actor.tsx";
import { Facts } from "../../parts/show/facts.tsx";
import { useFormats, type Formats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { Section } from "../../parts/section.tsx";
import type { LogEntry } from "./data.ts";
import styles from "./log.module.css";

/** A value as people read it: sizes and times in words, all else as it is. */
function written(path: string, value: unknown, formats: Formats): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "number") return /bytes$/i.test(path) ? formats.bytes(value) : formats.number(value);
  if (typeof value === "string") return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) ? formats.dateTime(value) : value;
  return JSON.stringify(value, null, 2);
}

/** One entry of the log: who, when, from where, and each field before and after. */
export function EntryDetail({ entry, onActor }: { entry: LogEntry; onActor: (id: string) => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { node, actor, onBehalfOf, changes } = entry;
  const actorId = actor.id;
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t("log.columns.at"), <Moment key="at" at={entry.at} show="dateTime" />],
          [
            t("log.columns.about"),
            node.id.startsWith("cus_") ? (
              <Link to="/n/$nodeId" params={{ nodeId: node.id }} title={t("log.entry.openCustomer")}>
                {node.name}
              </Link>
            ) : (
              aboutOf(node) || node.id
            ),
          ],
          [t("log.columns.who"), <Actor key="who" actor={actor} />],
          [t("log.entry.onBehalf"), onBehalfOf ? <Actor actor={onBehalfOf} /> : undefined],
          [t("log.entry.reason"), entry.reason ?? undefined],
          [t("log.columns.operation"), entry.operation ?? "–"],
          [t("log.columns.ip"), entry.sourceIp ?? "–"],
          [t("log.entry.request"), <code key="request">{entry.requestId}</code>],
        ]}
      />
      <Section plain title={t("log.entry.changesTitle")}>
        {changes.length === 0 ? (
          <p className={styles.none}>{t("log.entry.none")}</p>
        ) : (
          <table className={styles.changes}>
            <thead>
              <tr>
                <th scope="col">{t("log.entry.field")}</th>
                <th scope="col">{t("log.entry.before")}</th>
                <th scope="col">{t("log.entry.after")}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ path, before, after }) => (
                <tr key={path}>
                  <th scope="row" title={path}>
                    {nameOf(path)}
                  </th>
                  <td className={styles.before}>{written(path, before, formats)}</td>
                  <td className={styles.after}>{written(path, after, formats)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Section>
      {actorId !== null && actor.kind !== "system" && (
        <div>
          <Button size="xs" variant="default" onClick={() => onActor(actorId)}>
            {t("log.entry.onlyActor")}
          </Button>
        </div>
      )}
    </Stack>
  );
}
