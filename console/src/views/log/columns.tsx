import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../../app/problem.ts";
import { aboutOf } from "./about.ts";
import { Actor } from "../../parts/show/actor.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import type { Column } from "../../parts/table/column.ts";
import type { LogEntry } from "./data.ts";

/** Names of fields, as many as fit. */
const fieldsOf = ({ changes }: LogEntry): string => changes.map(({ path }) => nameOf(path)).join(", ");

/** The columns of the log of changes. */
export function useLogColumns(): Column<LogEntry>[] {
  const { t } = useTranslation();
  const { dateTime } = useFormats();
  return useMemo(
    () => [
      {
        id: "what",
        header: t("log.columns.what"),
        width: 220,
        cell: (entry) => (
          <Link from="/n/$nodeId/log" to="." search={(before) => ({ ...before, entry: entry.id })} data-name replace>
            {t(`log.types.${entry.type}`)}
          </Link>
        ),
        value: ({ type }) => type,
      },
      {
        id: "about",
        header: t("log.columns.about"),
        width: 190,
        grow: true,
        brief: true,
        cell: ({ node }) => aboutOf(node) || node.id,
        value: ({ node }) => aboutOf(node),
      },
      {
        id: "who",
        header: t("log.columns.who"),
        width: 180,
        cell: ({ actor }) => <Actor actor={actor} />,
        value: ({ actor }) => actor.id ?? actor.kind,
      },
      {
        id: "changes",
        header: t("log.columns.changes"),
        width: 200,
        grow: true,
        cell: (entry) => fieldsOf(entry) || "–",
        value: fieldsOf,
      },
      {
        id: "at",
        header: t("log.columns.at"),
        width: 190,
        brief: true,
        cell: ({ at }) => (
          <span title={dateTime(at)}>
            <Moment at={at} show="dateTime" />
          </span>
        ),
        value: ({ at }) => at,
      },
      {
        id: "operation",
        header: t("log.columns.operation"),
        width: 180,
        hidden: true,
        cell: ({ operation }) => operation ?? "–",
        value: ({ operation }) => operation,
      },
      {
        id: "ip",
        header: t("log.columns.ip"),
        width: 150,
        hidden: true,
        cell: ({ sourceIp }) => sourceIp ?? "–",
        value: ({ sourceIp }) => sourceIp,
      },
    ],
    [t, dateTime],
  );
}
