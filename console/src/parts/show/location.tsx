import { IconMapPin, IconWorldPin } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Output, Schemas } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import styles from "./location.module.css";
import { useRegions } from "./regions.ts";

type Code = Schemas["StorageLocationCode"];
type Location = Output<"listStorageLocations">["items"][number];

/** All storage locations, by code: which region holds the data of each, and in which country that stands. */
export function useLocations(): ReadonlyMap<Code, Location> {
  const { data } = useQuery({
    queryKey: ["storage", "locations"],
    queryFn: async ({ signal }) => {
      const { items } = await tenantry.listStorageLocations({ signal });
      return new Map(items.map((location) => [location.code, location]));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? none;
}
const none: ReadonlyMap<Code, Location> = new Map();

interface LocationNameProps {
  code: Code;
  /** Where the devices are; a location elsewhere is marked. */
  country?: string | undefined;
  /** Says in words where the data lie, rather than by a mark alone. */
  full?: boolean;
}

/** A storage location, marked where its data lie in another country than its name, or its customer, says. */
export function LocationName({ code, country, full = false }: LocationNameProps) {
  const { t } = useTranslation();
  const region = useRegions();
  const location = useLocations().get(code);
  const abroad =
    location !== undefined && location.regionCountry !== code
      ? t("devices.location.nearest", { country: region(location.regionCountry) })
      : country !== undefined && country !== code
        ? t("devices.location.other", { country: region(country) })
        : null;
  const Icon = abroad === null ? IconMapPin : IconWorldPin;
  return (
    <span className={styles.location} title={abroad ?? undefined}>
      <Icon size={15} stroke={1.7} aria-hidden className={abroad === null ? styles.icon : styles.abroad} />
      <span>
        {region(code)}
        {abroad !== null && full && <small>{abroad}</small>}
      </span>
      {abroad !== null && !full && <b className="visually-hidden">, {abroad}</b>}
    </span>
  );
}
