import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Bar } from "../../parts/show/bar.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Moment } from "../../parts/show/moment.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import type { Column } from "../../parts/table/column.ts";
import { CustomerState, stateWord } from "./customer-state.tsx";
import type { Customer } from "./data.ts";

/** The columns of the customers table: first those that a reseller works with every day. */
export function useCustomerColumns(): Column<Customer>[] {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const region = useRegions();
  return useMemo(
    (): Column<Customer>[] => [
      {
        id: "name",
        header: t("customers.columns.name"),
        width: 240,
        grow: true,
        sort: { server: "name" },
        value: ({ name }) => name,
        cell: ({ id, name }) => (
          <Link to="/n/$nodeId" params={{ nodeId: id }} title={name} data-name>
            {name}
          </Link>
        ),
      },
      {
        id: "licencesAllotted",
        header: t("customers.columns.licencesAllotted"),
        width: 140,
        align: "right",
        sort: "loaded",
        value: ({ licences }) => licences.limit,
        cell: ({ licences }) => (licences.limit === null ? t("terms.automatic") : number(licences.limit)),
      },
      {
        id: "licencesUsed",
        header: t("customers.columns.licencesUsed"),
        width: 130,
        align: "right",
        sort: "loaded",
        value: ({ licences }) => licences.used,
        cell: ({ licences }) => number(licences.used),
      },
      {
        id: "spaceAllotted",
        header: t("customers.columns.spaceAllotted"),
        width: 130,
        align: "right",
        sort: "loaded",
        value: ({ space }) => space.limitBytes,
        cell: ({ space }) => (space.limitBytes === null ? t("terms.unlimited") : bytes(space.limitBytes)),
      },
      {
        id: "spaceUsed",
        header: t("customers.columns.spaceUsed"),
        width: 160,
        brief: true,
        sort: "loaded",
        value: ({ space }) => space.usedBytes,
        cell: ({ space }) => <Bar brief used={space.usedBytes} limit={space.limitBytes} format={bytes} />,
      },
      {
        id: "devices",
        header: t("customers.columns.devices"),
        width: 90,
        align: "right",
        sort: "loaded",
        value: ({ deviceCount }) => deviceCount,
        cell: ({ deviceCount }) => number(deviceCount),
      },
      {
        id: "state",
        header: t("customers.columns.state"),
        width: 190,
        brief: true,
        sort: "loaded",
        value: stateWord,
        cell: (customer) => <CustomerState customer={customer} />,
      },
      {
        id: "level",
        header: t("customers.columns.level"),
        width: 130,
        hidden: true,
        sort: "loaded",
        value: ({ level }) => t(`terms.levels.${level}`),
        cell: ({ level }) => t(`terms.levels.${level}`),
      },
      {
        id: "country",
        header: t("customers.columns.country"),
        width: 140,
        hidden: true,
        sort: "loaded",
        value: ({ country }) => region(country),
        cell: ({ country }) => region(country),
      },
      {
        id: "location",
        header: t("customers.columns.location"),
        width: 150,
        hidden: true,
        sort: "loaded",
        value: ({ storageLocation }) => region(storageLocation),
        cell: ({ storageLocation }) => region(storageLocation),
      },
      {
        id: "reference",
        header: t("customers.columns.reference"),
        width: 140,
        hidden: true,
        sort: "loaded",
        value: ({ externalRef }) => externalRef,
        cell: ({ externalRef }) => externalRef ?? "–",
      },
      {
        id: "email",
        header: t("customers.columns.email"),
        width: 220,
        hidden: true,
        sort: "loaded",
        value: ({ emailDisplay }) => emailDisplay,
        cell: ({ emailDisplay }) => emailDisplay,
      },
      {
        id: "created",
        header: t("customers.columns.created"),
        width: 130,
        hidden: true,
        sort: { server: "createdAt" },
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Moment at={createdAt} show="date" />,
      },
    ],
    [t, bytes, number, region],
  );
}
